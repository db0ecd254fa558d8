internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// What ``RequestGuard`` is for a connection of HTTP/1, for one stream of HTTP/2. Lengths are the multiplexer's to check; here are the rules of the head,
/// the pace, and that a body which breaks off never looks complete.
final class StreamGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias InboundOut = HTTP2Frame.FramePayload
  typealias OutboundIn = HTTP2Frame.FramePayload
  typealias OutboundOut = HTTP2Frame.FramePayload

  private enum Reading {
    case head
    case body
    case ended
    /// Whatever comes is dropped.
    case over
  }

  private let rules: RequestHeadRules
  private let timer: LazyTimer
  private var pace: ExchangePace
  private var reading = Reading.head
  /// The answer has no body whatever its route writes: to a HEAD, and of a status that has none (RFC 9110 §6.4.1).
  private var isEmpty = false

  init(limits: WebLimits, loop: any EventLoop) {
    rules = RequestHeadRules(limits: limits)
    pace = ExchangePace(limits: limits)
    timer = LazyTimer(on: loop)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    pace.awaitHead(.now())
    arm(context)
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), reading) {
    case (.headers(let head), .head): begin(context, head)
    case (.headers(let trailers), .body):
      guard trailers.endStream else { return breakBody(context, .malformed) }
      endBody()
      context.fireChannelRead(wrapInboundOut(Self.end))
    case (.data(let part), .body):
      pace.bodyCame(part.data.readableBytes)
      if part.endStream { endBody() }
      context.fireChannelRead(data)
    case (.headers, _), (.data, _): break
    default: context.fireChannelRead(data)
    }
  }

  private func begin(_ context: ChannelHandlerContext, _ head: HTTP2Frame.FramePayload.Headers) {
    var head = head
    let admitted: RequestHeadRules.Admitted
    do {
      admitted = try rules.admit(&head.headers)
    } catch {
      return refuse(context, error, isWhole: head.endStream)
    }
    pace.headCame(.now())
    isEmpty = head.headers.first(name: ":method") == "HEAD"
    reading = .body
    if head.endStream { endBody() }
    arm(context)
    if admitted.expectsContinue, !head.endStream {
      context.writeAndFlush(wrapOutboundOut(.headers(.init(headers: [":status": "100"]))), promise: nil)
    }
    context.fireChannelRead(wrapInboundOut(.headers(head)))
  }

  private func endBody() {
    reading = .ended
    pace.requestEnded()
  }

  private static var end: HTTP2Frame.FramePayload {
    .data(HTTP2Frame.FramePayload.Data(data: .byteBuffer(ByteBuffer()), endStream: true))
  }

  /// Nothing of this request reaches a route.
  private func refuse(_ context: ChannelHandlerContext, _ refusal: WireRefusal, isWhole: Bool) {
    let document = ByteBuffer(bytes: refusal.document)
    let headers: HPACKHeaders = [
      ":status": String(refusal.status), "content-type": "application/problem+json",
      "content-length": String(document.readableBytes), "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    ]
    context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
    let end = wrapOutboundOut(.data(.init(data: .byteBuffer(document), endStream: true)))
    context.writeAndFlush(end, promise: isWhole ? nil : resetting(context, nil))
    reading = .over
    pace.close(.now())
    arm(context)
  }

  /// The route that reads the body is told by an error.
  private func breakBody(_ context: ChannelHandlerContext, _ refusal: WireRefusal) {
    reading = .over
    pace.requestEnded()
    context.fireErrorCaught(refusal)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard case .body = reading else { return context.fireErrorCaught(error) }
    breakBody(context, error as? WireRefusal ?? .brokenOff)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer.cancel()
    if case .body = reading { breakBody(context, .brokenOff) }
    context.fireChannelInactive()
  }

  // MARK: - Answers

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .headers(let head):
      if ["204", "304"].contains(head.headers.first(name: ":status")) { isEmpty = true }
      context.write(data, promise: head.endStream ? ending(context, promise) : promise)
    case .data(let part) where part.endStream:
      context.write(isEmpty ? wrapOutboundOut(Self.end) : data, promise: ending(context, promise))
    case .data where isEmpty: promise?.succeed()
    default: context.write(data, promise: promise)
    }
  }

  private func ending(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) -> EventLoopPromise<Void>? {
    guard case .body = reading else { return promise }
    reading = .over
    return resetting(context, promise)
  }

  /// Who has its answer need not send the rest (RFC 9113 §8.1). Said once the answer is on the wire: a reset overtakes what waits.
  private func resetting(
    _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
  ) -> EventLoopPromise<Void> {
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenSuccess {
      context.writeAndFlush(self.wrapOutboundOut(.rstStream(.noError)), promise: nil)
    }
    written.futureResult.cascade(to: promise)
    return written
  }

  // MARK: - Time

  func read(context: ChannelHandlerContext) {
    pace.resumeReading(.now())
    arm(context)
    context.read()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    pace.pauseReading(.now())
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    pace.stall(!context.channel.isWritable, .now())
    arm(context)
    context.fireChannelWritabilityChanged()
  }

  private func arm(_ context: ChannelHandlerContext) {
    guard let next = pace.next else { return }
    timer.arm(next.at) { self.look(context) }
  }

  private func look(_ context: ChannelHandlerContext) {
    guard let next = pace.next else { return }
    guard next.at <= .now() else { return arm(context) }
    switch (next.what, reading) {
    case (.body, .body):
      breakBody(context, .tooSlow)
      pace.stall(true, .now())
      arm(context)
    case (.body, _): arm(context)
    default: context.close(promise: nil)
    }
  }
}
