internal import NIOCore

/// Bounds what a TLS connection may do before there is a request to bound: the handshake, and being open without a stream.
final class ConnectionGuard: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  private let limits: WebLimits
  private let timer: LazyTimer
  private var streams = 0
  /// When the connection is closed, unless something happens before.
  private var closeBy: NIODeadline?
  private var context: ChannelHandlerContext?

  init(limits: WebLimits, loop: any EventLoop) {
    self.limits = limits
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

  /// The connection speaks HTTP/2.
  func beginStreams() { if streams == 0 { close(after: limits.headSeconds) } }

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
    let deadline = NIODeadline.now() + .seconds(seconds)
    closeBy = deadline
    timer.arm(deadline) { self.look() }
  }

  private func look() {
    guard let closeBy, let context else { return }
    guard closeBy <= .now() else { return timer.arm(closeBy) { self.look() } }
    context.close(promise: nil)
  }
}
