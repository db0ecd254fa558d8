internal import Hummingbird
internal import SyncProtocol
internal import Web

extension ControlEnvironment {
  /// The network that a request comes from, as a name to count by.
  func network(of request: Request, _ context: WebContext) -> String {
    Hexadecimal.encode(trustedProxies.caller(of: request, context).network)
  }
}
