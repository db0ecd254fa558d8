internal import NIOCore

/// Is made for each stream of HTTP/2, behind its codec; puts the stream's guard before it and counts the stream on its connection.
final class StreamEntry: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  private let limits: WebLimits
  private var connection: ConnectionGuard?

  init(limits: WebLimits) { self.limits = limits }

  func handlerAdded(context: ChannelHandlerContext) {
    do {
      let connection = try context.channel.parent?.pipeline.syncOperations.handler(type: ConnectionGuard.self)
      connection?.opened()
      self.connection = connection
      try context.pipeline.syncOperations.addHandler(
        StreamGuard(limits: limits, loop: context.eventLoop), position: .first)
    } catch {
      // Unguarded is not served.
      context.close(promise: nil)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    connection?.closed()
    connection = nil
  }
}
