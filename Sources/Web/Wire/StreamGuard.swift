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
  private let watch: ExchangeWatch
  private var reading = Reading.head
  /// The answer has no body whatever its route writes: to a HEAD, and of a status that has none (RFC 9110 §6.4.1).
  private var isEmpty = false

  init(limits: WebLimits, loop: any EventLoop) {
    rules = RequestHeadRules(limits: limits)
    watch = ExchangeWatch(limits: limits, loop: loop)
  }

  func handlerAdded(context: ChannelHandlerContext) { watch.start(context) { self.breakBody(context, $0) } }

  func handlerRemoved(context: ChannelHandlerContext) { watch.stop() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), reading) {
    case (.headers(let head), .head): begin(context, head)
    case (.headers(let trailers), .body):
      guard trailers.endStream else { return breakBody(context, .malformed) }
      endBody()
      context.fireChannelRead(wrapInboundOut(Self.end))
    case (.data(let part), .body):
      watch.note { $0.bodyCame(part.data.readableBytes, $1) }
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
    watch.note { $0.headCame($1) }
    isEmpty = head.headers.first(name: ":method") == "HEAD"
    reading = .body
    if head.endStream { endBody() }
    if admitted.expectsContinue, !head.endStream {
      context.writeAndFlush(wrapOutboundOut(.headers(.init(headers: [":status": "100"]))), promise: nil)
    }
    context.fireChannelRead(wrapInboundOut(.headers(head)))
  }

  private func endBody() {
    reading = .ended
    watch.note { pace, _ in pace.requestEnded() }
  }

  private static var end: HTTP2Frame.FramePayload {
    .data(HTTP2Frame.FramePayload.Data(data: .byteBuffer(ByteBuffer()), endStream: true))
  }

  /// Nothing of this request reaches a route.
  private func refuse(_ context: ChannelHandlerContext, _ refusal: WireRefusal, isWhole: Bool) {
    let (fields, document) = refusal.answer
    let headers = HPACKHeaders([(":status", String(refusal.status))] + fields)
    context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
    let end = wrapOutboundOut(.data(.init(data: .byteBuffer(document), endStream: true)))
    context.writeAndFlush(end, promise: isWhole ? nil : resetting(context, nil))
    reading = .over
    watch.note { $0.close($1) }
  }

  /// The route that reads the body is told by an error.
  private func breakBody(_ context: ChannelHandlerContext, _ refusal: WireRefusal) {
    reading = .over
    watch.note { pace, _ in pace.requestEnded() }
    context.fireErrorCaught(refusal)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard case .body = reading else { return context.fireErrorCaught(error) }
    breakBody(context, error as? WireRefusal ?? .brokenOff)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if case .body = reading { breakBody(context, .brokenOff) }
    watch.stop()
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
    watch.read()
    context.read()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    watch.readComplete()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    watch.writabilityChanged()
    context.fireChannelWritabilityChanged()
  }
}
