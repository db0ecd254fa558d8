package import HTTPTypes
package import Hummingbird

/// The proxies whose `X-Forwarded-For` is believed. Nobody else's is: without a listed proxy the connection's own address is the caller's.
package struct TrustedProxies: Sendable, Hashable {
  private let networks: NetworkList

  package static let none = TrustedProxies(networks: .none)

  private init(networks: NetworkList) { self.networks = networks }

  /// Returns nil unless `text` lists addresses, networks such as `10.0.0.0/8`, and `local` (a UNIX socket), with commas between.
  package init?(_ text: String) {
    guard let networks = NetworkList(text) else { return nil }
    self.init(networks: networks)
  }

  /// Who sent a request: the connection's other end or, as far as that is a listed proxy, whom it names, and so on from the right.
  package func caller(connection: ClientAddress, headers: HTTPFields) -> ClientAddress {
    var caller = connection
    let named = headers[values: .forwardedFor].joined(separator: ",").split(separator: ",")
    for entry in named.reversed() {
      guard networks.contains(caller), let next = ClientAddress(entry.filter { $0 != " " && $0 != "\t" }) else { break }
      caller = next
    }
    return caller
  }

  /// Who sent a request.
  package func caller(of request: Request, _ context: WebContext) -> ClientAddress {
    caller(connection: ClientAddress(context.remoteAddress), headers: request.headers)
  }
}

extension HTTPField.Name {
  /// `X-Forwarded-For`: whom each proxy got a request from, the last one last.
  package static let forwardedFor = HTTPField.Name("X-Forwarded-For") ?? .via
}
