internal import Hummingbird
internal import SyncProtocol
internal import Web

extension ControlEnvironment {
  /// The network that a request comes from, as a name to count by.
  func network(of request: Request, _ context: WebContext) -> String {
    let address = trustedProxies.caller(connection: ClientAddress(context.remoteAddress), headers: request.headers)
    return Hexadecimal.encode(address.network)
  }
}
