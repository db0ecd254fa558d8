package import HTTPTypes

/// `Forwarded` (RFC 7239) of one hop, as the server that passes a request on saw it.
package struct ForwardedField: Sendable, Hashable {
  package static let name = HTTPField.Name("Forwarded") ?? .via

  package let value: String

  /// - Parameters:
  ///   - client: who asked; one without an address is `unknown` (§6.2).
  ///   - host: that was asked for, with its port where there is one; empty when nothing was said.
  package init(client: ClientAddress, host: String, isSecure: Bool) {
    let node =
      switch client.bytes.count {
      case 4: client.description
      case 16: "\"[\(client)]\""
      default: "unknown"
      }
    // A host that could end its quotes never comes here, and is left out if it does.
    let isPlain = !host.isEmpty && host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
    value = "for=\(node)\(isPlain ? ";host=\"\(host)\"" : "");proto=\(isSecure ? "https" : "http")"
  }
}
