internal import NIOCore

/// Closes a connection that does not bring the head of a request in time, however it trickles: an idle timer alone starts anew with every byte.
///
/// Stands behind the decoder, so that only what was decoded counts. While a request is under way it is the route's to bound.
final class HeadDeadline: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny
  typealias InboundOut = NIOAny
  typealias OutboundIn = NIOAny
  typealias OutboundOut = NIOAny

  private let limit: TimeAmount
  private var timer: Scheduled<Void>?

  init(limit: TimeAmount) { self.limit = limit }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { arm(context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    arm(context)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    disarm()
    context.fireChannelRead(data)
  }

  func flush(context: ChannelHandlerContext) {
    arm(context)
    context.flush()
  }

  func channelInactive(context: ChannelHandlerContext) {
    disarm()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { disarm() }

  private func arm(_ context: ChannelHandlerContext) {
    disarm()
    let channel = context.channel
    timer = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
  }

  private func disarm() {
    timer?.cancel()
    timer = nil
  }
}
