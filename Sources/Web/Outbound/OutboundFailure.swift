/// Why nothing came of a call to an address that somebody else named.
package struct OutboundFailure: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable, Hashable {
    /// Not `https://…`, or `http` on a loopback address.
    case url
    /// The name leads nowhere.
    case unresolved
    /// The name leads to an address that is not for strangers: private, loopback, link-local, or of no public network.
    case forbiddenAddress
    /// No connection, no TLS with this name, or no answer in time.
    case unreachable
  }

  package let code: Code
  /// For logs; holds no secrets.
  package let detail: String

  package init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  package var description: String { "\(code.rawValue): \(detail)" }
}
