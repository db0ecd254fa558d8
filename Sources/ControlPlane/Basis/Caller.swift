package import Hummingbird
internal import HTTPTypes
package import Web

/// Where a request came from, as far as it is known: shown with the session it opens, and counted by throttling.
package struct Caller: Sendable, Hashable {
  package let address: ClientAddress
  /// What the program says it is: at most 200 bytes, without control characters.
  package let userAgent: String

  /// Bytes kept of a program's own description.
  static let userAgentBytes = 200

  package init(address: ClientAddress, userAgent: String) {
    self.address = address
    var kept = ""
    for scalar in userAgent.unicodeScalars where scalar.value >= 0x20 && scalar.value != 0x7F {
      guard kept.utf8.count + UTF8.width(scalar) <= Self.userAgentBytes else { break }
      kept.unicodeScalars.append(scalar)
    }
    self.userAgent = kept
  }

  /// - Parameter proxies: whose word about the address counts.
  package init(_ request: Request, _ context: WebContext, proxies: TrustedProxies) {
    self.init(
      address: proxies.caller(of: request, context),
      userAgent: request.headers[.userAgent] ?? "")
  }
}
