/// The rule for URIs that an operator registers for a client. In use they are compared byte by byte (RFC 9700 §2.1).
package enum RedirectURI {
  /// Bytes of one.
  static let maximum = 1024

  /// Whether codes may be sent there: `https`, `http` on a loopback address, or for a public client its own scheme with a dot (RFC 8252 §7.1).
  /// No user, no fragment, no wildcard.
  package static func isUsable(_ text: String, isPublic: Bool) -> Bool {
    guard isPlain(text), !text.contains("#"), !text.contains("*") else { return false }
    if origin(of: text) != nil { return true }
    guard isPublic, let colon = text.firstIndex(of: ":"), text.index(after: colon) < text.endIndex else { return false }
    let scheme = text[..<colon]
    return scheme.contains(".") && !scheme.hasPrefix(".") && !scheme.hasSuffix(".")
      && scheme.utf8.first.map { (0x61...0x7A).contains($0) } == true
      && scheme.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D }
  }

  /// Whether `text` is an origin as browsers send it (RFC 6454 §7), of a place where codes could go.
  package static func isOrigin(_ text: String) -> Bool { isPlain(text) && origin(of: text) == text }

  /// Where a URI leads, for a form's `form-action`: its origin, or its scheme.
  static func target(of uri: String) -> String { origin(of: uri) ?? String(uri.prefix { $0 != ":" }) + ":" }

  /// Scheme and authority of `https`, or of `http` on a loopback address; in lower case as registered.
  static func origin(of text: String) -> String? {
    let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let scheme = parts.first, let rest = parts.last else { return nil }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard !authority.isEmpty, !authority.contains("@"), let host = host(of: authority) else { return nil }
    switch scheme {
    case "https": break
    case "http" where ["localhost", "127.0.0.1", "[::1]"].contains(host): break
    default: return nil
    }
    return "\(scheme)://\(authority)"
  }

  /// The host of an authority whose port, if any, is a number.
  private static func host(of authority: Substring) -> String? {
    let end =
      authority.hasPrefix("[")
      ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
    let host = String(authority[..<(end ?? authority.endIndex)])
    let port = authority[(end ?? authority.endIndex)...]
    let isHost = host.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "-.[]:".utf8.contains($0)
    }
    guard !host.isEmpty, isHost, host != "[]" else { return nil }
    if port.isEmpty { return host }
    guard port.hasPrefix(":"), let number = UInt16(port.dropFirst()), String(number) == port.dropFirst() else {
      return nil
    }
    return host
  }

  private static func isPlain(_ text: String) -> Bool {
    (1...maximum).contains(text.utf8.count)
      && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\\\"<>^`{|}".utf8.contains($0) }
  }
}
