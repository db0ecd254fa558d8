/// Where people and programs find this control plane: one origin, which is the issuer, the base of links in mails and the only origin that may
/// change anything through a browser.
package struct ControlSite: Sendable, Hashable, CustomStringConvertible {
  /// Scheme, host and port without a trailing slash, such as `https://login.example.com`; host in lower case, no default port.
  package let url: String

  /// Whether this is plain HTTP on this machine, where cookies cannot be `Secure`.
  package var isDevelopment: Bool { url.hasPrefix("http://") }

  /// The host without a port; an IPv6 address in brackets.
  package var host: String {
    let authority = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
    guard authority.hasPrefix("[") else { return String(authority.prefix { $0 != ":" }) }
    return String(authority.prefix { $0 != "]" }) + "]"
  }

  package var description: String { url }

  /// What serves without a setting.
  package static let local = ControlSite(known: "http://127.0.0.1:8400")

  private init(known url: String) { self.url = url }

  /// Returns nil unless `text` is an origin: `https://host[:port]`, or `http://` on a loopback address. A single trailing slash is dropped.
  package init?(_ text: String) {
    var text = text
    if text.hasSuffix("/") { text.removeLast() }
    guard text.utf8.count <= 300, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    let parts = text.lowercased().split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let scheme = parts.first, let authority = parts.last else { return nil }
    guard let (host, port) = Self.split(authority) else { return nil }
    switch scheme {
    case "https": url = port == nil || port == 443 ? "https://\(host)" : "https://\(authority)"
    case "http" where ["localhost", "127.0.0.1", "[::1]"].contains(host):
      url = port == nil || port == 80 ? "http://\(host)" : "http://\(authority)"
    default: return nil
    }
  }

  /// Host and port of an authority without user, path, query and fragment.
  private static func split(_ authority: Substring) -> (host: String, port: Int?)? {
    let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : nil
    let hostEnd = end ?? authority.firstIndex(of: ":") ?? authority.endIndex
    let host = String(authority[..<hostEnd])
    let isName = host.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
        || byte == UInt8(ascii: ".")
    }
    let isAddress =
      host.hasPrefix("[")
      && host.utf8.dropFirst().dropLast().allSatisfy { byte in
        (0x61...0x66).contains(byte) || (0x30...0x3A).contains(byte) || byte == UInt8(ascii: ".")
      }
    guard !host.isEmpty, isName || isAddress else { return nil }
    let rest = authority[hostEnd...]
    if rest.isEmpty { return (host, nil) }
    guard rest.first == ":", let port = Int(rest.dropFirst()), (1...65_535).contains(port),
      rest.dropFirst().first != "0"
    else { return nil }
    return (host, port)
  }
}
