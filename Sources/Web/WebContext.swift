package import Hummingbird
internal import Logging
package import NIOCore

/// What every request carries: the framework's storage and the connection that it came over.
package struct WebContext: RequestContext, RemoteAddressRequestContext {
  package var coreContext: CoreRequestContextStorage
  private let channel: any Channel

  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  /// The other end of the connection. Nil in tests that ask the router without a socket.
  package var remoteAddress: SocketAddress? { channel.remoteAddress }

  /// The loop that serves the connection; nil without a socket.
  var eventLoop: (any EventLoop)? { channel.localAddress == nil ? nil : channel.eventLoop }

  /// Whether the connection carries several requests at once (HTTP/2): then a request's channel is a child of the connection's.
  var isMultiplexed: Bool { channel.parent?.parent != nil }

  /// Ends the connection, or the stream, that the request came over.
  var close: @Sendable () -> Void {
    let channel = channel
    return { channel.close(promise: nil) }
  }
}
