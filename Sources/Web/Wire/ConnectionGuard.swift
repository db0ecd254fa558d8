internal import NIOCore

/// Bounds what a TLS connection may do beside its requests: the handshake, being open without a stream, and frames of HTTP/2 that carry next to nothing.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  /// Says ENHANCE_YOUR_CALM (RFC 9113 §6.8, §7), and that any stream may have been served.
  private static let calm: [UInt8] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0x0B]

  private let limits: WebLimits
  private let loop: any EventLoop
  private let timer: LazyTimer
  private var streams = 0
  /// When the connection is closed, unless something happens before.
  private var closeBy: NIODeadline?
  private var context: ChannelHandlerContext?
  /// Of a connection that speaks HTTP/2.
  private var frames: (walker: FrameWalker, budget: FrameBudget)?
  private var isOver = false

  init(limits: WebLimits, loop: any EventLoop) {
    self.limits = limits
    self.loop = loop
    timer = LazyTimer(on: loop)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    close(after: limits.handshakeSeconds)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer.cancel()
    self.context = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer.cancel()
    context.fireChannelInactive()
  }

  // MARK: - Frames

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return }
    if var (walker, budget) = frames {
      // Taken out, so that both change in place.
      frames = nil
      budget.refill(loop.now)
      isOver = !walker.walk(unwrapInboundIn(data)) { budget.spend(payload: $0) }
      frames = (walker, budget)
    }
    guard isOver else { return context.fireChannelRead(data) }
    context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer(bytes: Self.calm))), promise: nil)
    context.close(promise: nil)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if frames != nil { frames?.budget.answered(unwrapOutboundIn(data).readableBytes) }
    context.write(data, promise: promise)
  }

  // MARK: - Streams

  /// The connection speaks HTTP/2.
  func beginStreams() {
    frames = (FrameWalker(), FrameBudget(limits: limits, now: loop.now))
    if streams == 0 { close(after: limits.headSeconds) }
  }

  /// The connection speaks HTTP/1, which has a guard of its own.
  func stop() { closeBy = nil }

  func opened() {
    streams += 1
    closeBy = nil
  }

  func closed() {
    streams -= 1
    if streams == 0 { close(after: limits.headSeconds) }
  }

  private func close(after seconds: Int64) {
    let deadline = loop.now + .seconds(seconds)
    closeBy = deadline
    timer.arm(deadline) { self.look() }
  }

  private func look() {
    guard let closeBy, let context else { return }
    guard closeBy <= loop.now else { return timer.arm(closeBy) { self.look() } }
    context.close(promise: nil)
  }
}
