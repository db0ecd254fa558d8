internal import NIOCore
internal import NIOHTTP1

/// Stands between the decoder of HTTP/1 and everything else of a connection: what is not clear is answered here and ends the connection, what breaks off
/// never looks complete, and what does not come in time is cut.
///
/// One guard serves one connection, on its event loop. Answers are written in the order of the requests, so a refusal waits for those before it.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// What comes in.
  private enum Reading {
    /// Between requests.
    case idle
    case body
    /// Whatever comes is dropped; what was wrong is answered after the answers before it, if it is to be answered here at all.
    case over(WireRefusal?)
  }

  /// A request that has not got its whole answer yet.
  private struct Exchange {
    let isHead: Bool
    let version: HTTPVersion
    var isLast: Bool
    var expectsContinue: Bool
    /// Bytes of the answer that are still to come by its own `Content-Length`; nil where framing tells the end.
    var owed: Int?
    /// The answer has no body whatever its route writes: to a HEAD, and of a status that has none (RFC 9110 §6.4.1).
    var isEmpty = false
  }

  private let limits: WebLimits
  private let rules: RequestHeadRules
  private let bytes: WireBytes
  private let watch: ExchangeWatch
  private var reading = Reading.idle
  private var exchanges = CircularBuffer<Exchange>(initialCapacity: 2)
  /// Bytes of the body that is being read.
  private var bodyBytes = 0
  /// Set once nothing more is written: what still comes is counted and dropped.
  private var isLingering = false

  init(limits: WebLimits, bytes: WireBytes, loop: any EventLoop) {
    self.limits = limits
    self.bytes = bytes
    rules = RequestHeadRules(limits: limits)
    watch = ExchangeWatch(limits: limits, loop: loop)
  }

  // MARK: - Requests

  func handlerAdded(context: ChannelHandlerContext) { watch.start(context) { self.breakBody(context, $0) } }

  func handlerRemoved(context: ChannelHandlerContext) { watch.stop() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), reading) {
    case (.head(let head), .idle): begin(context, head)
    case (.body(let part), .body):
      bodyBytes += part.readableBytes
      watch.note { $0.bodyCame(part.readableBytes, $1) }
      guard bytes.count - bodyBytes <= limits.framingBytes + 16 * bodyBytes else {
        return breakBody(context, .malformed)
      }
      context.fireChannelRead(data)
    case (.end, .body):
      reading = exchanges.last?.isLast == true ? .over(nil) : .idle
      watch.note { pace, now in
        pace.requestEnded()
        if exchanges.isEmpty { pace.awaitHead(now) }
      }
      // Trailers would be header fields that no rule has seen.
      context.fireChannelRead(wrapInboundOut(.end(nil)))
    default: linger(context)
    }
  }

  private func begin(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
    var head = head
    do {
      let admitted = try rules.admit(&head)
      // After an upgrade that is not made, the decoder reads no further.
      exchanges.append(
        Exchange(
          isHead: head.method == .HEAD, version: head.version, isLast: !head.isKeepAlive || admitted.wantsUpgrade,
          expectsContinue: admitted.expectsContinue && head.version == .http1_1, owed: nil))
    } catch {
      return refuse(context, error)
    }
    reading = .body
    bodyBytes = 0
    bytes.reset()
    watch.note { $0.headCame($1) }
    if exchanges.count == 1 { allowBody(context) }
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }

  /// Tells a caller that waits for it to send the body (RFC 9110 §10.1.1).
  private func allowBody(_ context: ChannelHandlerContext) {
    guard exchanges.first?.expectsContinue == true else { return }
    exchanges[exchanges.startIndex].expectsContinue = false
    context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let refusal = Self.refusal(for: error)
    switch reading {
    case .body: breakBody(context, refusal ?? .brokenOff)
    case .idle:
      guard let refusal else { return context.close(promise: nil) }
      refuse(context, refusal)
    case .over:
      if refusal == nil { context.close(promise: nil) }
    }
  }

  /// Only the decoder's errors are the caller's; others end the connection.
  private static func refusal(for error: any Error) -> WireRefusal? {
    switch error {
    case let refusal as WireRefusal: refusal
    case HTTPParserError.headerOverflow: .headersTooLarge
    case HTTPParserError.invalidVersion: .unknownVersion
    case HTTPParserError.invalidContentLength, HTTPParserError.unexpectedContentLength: .ambiguousLength
    case is HTTPParserError: .malformed
    default: nil
    }
  }

  /// Nothing of this request reaches a route: the answer is written here, after those before it.
  private func refuse(_ context: ChannelHandlerContext, _ refusal: WireRefusal) {
    reading = .over(refusal)
    watch.note { $0.close($1) }
    if exchanges.isEmpty { answer(context, refusal) }
  }

  /// The route that reads the body is told by an error; the answer is its own, and the last.
  private func breakBody(_ context: ChannelHandlerContext, _ refusal: WireRefusal) {
    reading = .over(nil)
    watch.note { pace, _ in pace.requestEnded() }
    if !exchanges.isEmpty { exchanges[exchanges.index(before: exchanges.endIndex)].isLast = true }
    context.fireErrorCaught(refusal)
  }

  private func answer(_ context: ChannelHandlerContext, _ refusal: WireRefusal) {
    let (fields, document) = refusal.answer
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: refusal.status),
      headers: HTTPHeaders(fields + [("connection", "close")]))
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(document))), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: nil)
    finish(context)
  }

  // MARK: - Answers

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard let exchange = exchanges.first else {
      // The answer here has taken the place of a route's.
      promise?.fail(ChannelError.outputClosed)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(let head) where head.status.code < 200: context.write(data, promise: promise)
    case .head(let head): context.write(wrapOutboundOut(.head(framed(head, exchange))), promise: promise)
    case .body where exchange.isEmpty: promise?.succeed()
    case .body(let part):
      if let owed = exchange.owed {
        guard part.readableBytes <= owed else { return tear(context, promise) }
        exchanges[exchanges.startIndex].owed = owed - part.readableBytes
      }
      context.write(data, promise: promise)
    case .end:
      // Too little would make the next answer a part of this one.
      guard (exchange.owed ?? 0) == 0 else { return tear(context, promise) }
      if exchange.isEmpty {
        // The encoder would end chunks that nobody began.
        promise?.succeed()
      } else {
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
      }
      end(context, exchange)
    }
  }

  /// One length, one way to tell the end, and a word when it is the last answer.
  private func framed(_ head: HTTPResponseHead, _ exchange: Exchange) -> HTTPResponseHead {
    var head = head
    head.headers.remove(name: "transfer-encoding")
    head.headers.remove(name: "connection")
    let isEmpty = exchange.isHead || head.status == .noContent || head.status == .notModified
    let length = head.headers.first(name: "content-length").flatMap { Int($0) }
    exchanges[exchanges.startIndex].isEmpty = isEmpty
    exchanges[exchanges.startIndex].owed = isEmpty ? nil : length
    if exchange.version == .http1_0 {
      head.version = .http1_0
      if length == nil, !isEmpty { exchanges[exchanges.startIndex].isLast = true }
    }
    // Who is refused in the middle of a body need not send the rest.
    if case .body = reading, exchanges.count == 1, head.status.code >= 400 {
      exchanges[exchanges.startIndex].isLast = true
    }
    if exchanges.first?.isLast == true { head.headers.add(name: "connection", value: "close") }
    return head
  }

  private func end(_ context: ChannelHandlerContext, _ exchange: Exchange) {
    let isLast = exchanges.removeFirst().isLast
    if isLast { return finish(context) }
    if !exchanges.isEmpty { return allowBody(context) }
    switch reading {
    case .over(let refusal?): answer(context, refusal)
    case .over(nil): finish(context)
    case .idle: watch.note { $0.awaitHead($1) }
    // Answered before the body was read: the rest may come, but not without end.
    case .body: watch.note { $0.close($1) }
    }
  }

  /// The answer is not what its head said: there is no way to say so but to end the connection.
  private func tear(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
    promise?.fail(ChannelError.outputClosed)
    exchanges.removeAll()
    reading = .over(nil)
    context.close(promise: nil)
  }

  /// Ends this side and hears the other a little longer: closing at once would take the answer away from who still sends.
  private func finish(_ context: ChannelHandlerContext) {
    exchanges.removeAll()
    reading = .over(nil)
    isLingering = true
    bytes.reset()
    watch.note { $0.close($1) }
    context.flush()
    context.close(mode: .output, promise: nil)
  }

  private func linger(_ context: ChannelHandlerContext) {
    if isLingering, bytes.count > limits.lingerBytes { context.close(promise: nil) }
  }

  // MARK: - Time

  func read(context: ChannelHandlerContext) {
    watch.read()
    context.read()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    watch.readComplete()
    context.fireChannelReadComplete()
    // Nobody behind this asks for more.
    if isLingering { context.read() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    watch.writabilityChanged()
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent, isLingering { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if case .body = reading { breakBody(context, .brokenOff) }
    watch.stop()
    context.fireChannelInactive()
  }
}
