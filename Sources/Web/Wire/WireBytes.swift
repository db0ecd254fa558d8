internal import NIOCore

/// Counts the bytes of a connection before they are decoded: framing that carries nothing (chunk extensions without end) shows in no other way.
final class WireBytes: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// Since the last ``reset()``.
  private(set) var count = 0

  func reset() { count = 0 }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    count += unwrapInboundIn(data).readableBytes
    context.fireChannelRead(data)
  }
}
