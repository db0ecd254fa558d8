package import Hummingbird
internal import Logging
package import NIOCore

/// What every request carries: the framework's storage and the address of the connection's other end.
package struct WebContext: RequestContext, RemoteAddressRequestContext {
  package var coreContext: CoreRequestContextStorage
  /// Nil in tests that ask the router without a socket.
  package let remoteAddress: SocketAddress?

  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    remoteAddress = source.channel.remoteAddress
  }
}
