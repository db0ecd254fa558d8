internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// The end of a connection to an upstream, on its event loop: one exchange after the other, with back-pressure both ways.
///
/// Every wait has a deadline; one timer a connection serves all of them, so that a request does not cost one.
final class UpstreamHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  private let buffered: Int
  private let idleTime: TimeAmount
  /// Called on the event loop when an exchange is over and the connection good for another.
  private let onFree: @Sendable (UpstreamConnection) -> Void
  private var context: ChannelHandlerContext?
  private var exchange: UpstreamExchange?
  /// Exchanges that are over and after which the connection was good for another.
  private(set) var turn = 0
  private var holdsRead = false
  private var isClosed = false
  /// Why the connection never was one: both sides did not come to trust each other, perhaps before anybody had a request for it.
  private var refusal: ForwardFailure?
  private var deadline = NIODeadline.distantFuture
  private var timer: (at: NIODeadline, task: Scheduled<Void>)?

  init(limits: ForwarderLimits, onFree: @escaping @Sendable (UpstreamConnection) -> Void) {
    buffered = limits.buffered
    idleTime = TimeAmount(limits.idleTime)
    self.onFree = onFree
  }

  // MARK: What the forwarder asks for, on the event loop

  /// Sends the head of a request, and all of it when there is no body.
  func begin(_ exchange: UpstreamExchange, _ head: HTTPRequestHead, isWhole: Bool) {
    self.exchange = exchange
    guard let context, !isClosed else {
      self.exchange?.fail(refusal ?? ForwardFailure(.brokenOff, "the connection was closed"))
      return
    }
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if isWhole { end() } else { progress() }
  }

  /// Sends a part of the body; answers once there is room for another.
  func write(_ bytes: ByteBuffer, _ continuation: CheckedContinuation<Void, any Error>) {
    guard let context, !isClosed, let exchange, exchange.takesMore else {
      continuation.resume(throwing: exchange?.failure ?? ForwardFailure(.brokenOff, isSent: true, "no more is wanted"))
      return
    }
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    if context.channel.isWritable { continuation.resume() } else { self.exchange?.wantRoom(continuation) }
    progress()
  }

  /// The request is complete.
  func end() {
    guard let context, !isClosed else { return }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    exchange?.markSent()
    progress()
    settle()
  }

  /// Takes no more of the request; the answer goes on.
  func refuseRest() { exchange?.refuseRest() }

  func head(_ continuation: CheckedContinuation<UpstreamAnswer, any Error>) {
    exchange?.wantHead(continuation) ?? continuation.resume(throwing: ForwardFailure(.brokenOff, "no exchange"))
    take()
  }

  func rest(_ continuation: CheckedContinuation<Bool, any Error>) {
    exchange?.wantRest(continuation) ?? continuation.resume(throwing: ForwardFailure(.brokenOff, "no exchange"))
  }

  func body(_ continuation: CheckedContinuation<UpstreamChunk, any Error>) {
    exchange?.wantBody(continuation) ?? continuation.resume(throwing: ForwardFailure(.brokenOff, "no exchange"))
    take()
  }

  /// Ends everything; whoever waits gets `failure`.
  func close(_ failure: ForwardFailure) {
    exchange?.fail(failure)
    context?.close(promise: nil)
  }

  // MARK: The channel

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    timer?.task.cancel()
    timer = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard exchange != nil else {
      // Nobody asked: what follows would be taken for the answer to somebody else's request.
      context.close(promise: nil)
      return
    }
    exchange?.receive(unwrapInboundIn(data))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    take()
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    if let exchange, exchange.waiting >= buffered { holdsRead = true } else { context.read() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable {
      exchange?.giveRoom()
      progress()
    }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    isClosed = true
    exchange?.fail(ForwardFailure(.brokenOff, isSent: true, "the upstream closed the connection"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let failure =
      switch error {
      case is HTTPParserError: ForwardFailure(.refusedAnswer, isSent: true, "\(error)")
      // Nothing is sent before both sides trust each other.
      case NIOSSLError.handshakeFailed: ForwardFailure(.unreachable, "\(error)")
      case is NIOSSLExtraError, is WrongName: ForwardFailure(.unreachable, "\(error)")
      default: ForwardFailure(.brokenOff, isSent: true, "\(error)")
      }
    if failure.code == .unreachable { refusal = failure }
    exchange?.fail(failure)
    context.close(promise: nil)
  }

  // MARK: Progress

  /// Hands over what is there, and reads on when there is room again.
  private func take() {
    guard exchange?.deliver() ?? false else { return }
    progress()
    if holdsRead {
      holdsRead = false
      context?.read()
    }
    settle()
  }

  /// Frees the connection after the last byte was taken.
  private func settle() {
    guard let exchange, exchange.isOver else { return }
    if exchange.isReusable, !isClosed, let context {
      self.exchange = nil
      turn += 1
      wait(until: .now() + idleTime, context)
      onFree(
        UpstreamConnection(
          channel: context.channel, handler: NIOLoopBound(self, eventLoop: context.eventLoop), turn: turn))
    } else {
      context?.close(promise: nil)
    }
  }

  private func progress() {
    guard let exchange, let context else { return }
    wait(until: exchange.patience(from: .now()), context)
  }

  private func wait(until moment: NIODeadline, _ context: ChannelHandlerContext) {
    deadline = moment
    if let timer, timer.at <= deadline { return }
    timer?.task.cancel()
    schedule(at: deadline, context)
  }

  private func schedule(at moment: NIODeadline, _ context: ChannelHandlerContext) {
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    timer = (moment, context.eventLoop.scheduleTask(deadline: moment) { bound.value.fire() })
  }

  private func fire() {
    timer = nil
    guard let context else { return }
    guard deadline <= .now() else { return schedule(at: deadline, context) }
    guard let exchange else { return context.close(promise: nil) }
    switch exchange.standstill(.now()) {
    case .both: close(ForwardFailure(.answeredEarly, isSent: true, "an answer waits for the end of its request"))
    case .upstream:
      close(ForwardFailure(.timedOut, isSent: true, "the upstream stands still, or takes too long"))
    case .caller:
      let isAnswering = exchange.isSent
      close(ForwardFailure(.callerTooSlow, isSent: true, "the caller stands still, or takes too long"))
      if isAnswering { exchange.closeCaller() }
    }
  }
}
