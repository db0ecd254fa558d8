/// Where requests are passed to: `http://host:port`, `https://host[:port]`, or `unix:/path` of a socket.
package struct ForwardTarget: Sendable, Hashable, CustomStringConvertible {
  enum Place: Sendable, Hashable {
    case host(String, port: Int)
    case socket(String)
  }

  package let description: String
  /// What the `Host` header says unless rules say otherwise.
  package let authority: String
  let place: Place
  let isSecure: Bool

  /// Bytes of the path of a socket (`sun_path`).
  private static let maximumSocketPath = 107

  /// Returns nil for another scheme, and for a user, path, query or fragment.
  package init?(_ text: String) {
    if text.hasPrefix("unix:/") {
      let path = String(text.dropFirst(5))
      guard path.utf8.count <= Self.maximumSocketPath, path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        return nil
      }
      (description, authority, place, isSecure) = (text, "localhost", .socket(path), false)
      return
    }
    let text = text.hasSuffix("/") ? String(text.dropLast()) : text
    guard text.utf8.count <= 300, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
      let range = text.firstRange(of: "://"), let secure = Self.isSecure(text[..<range.lowerBound])
    else { return nil }
    let authority = text[range.upperBound...]
    guard !authority.contains(where: { "/@?#\\".contains($0) }), let (host, port) = Self.split(authority) else {
      return nil
    }
    place = .host(host, port: port ?? (secure ? 443 : 80))
    (description, self.authority, isSecure) = (text, String(authority), secure)
  }

  private static func isSecure(_ scheme: Substring) -> Bool? {
    switch scheme {
    case "https": true
    case "http": false
    default: nil
    }
  }

  /// An IPv6 address stands in brackets, which are not part of the host.
  private static func split(_ authority: Substring) -> (host: String, port: Int?)? {
    var rest = authority
    let host: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[authority.index(after: authority.startIndex)..<end]
      rest = authority[authority.index(after: end)...]
    } else {
      host = authority.prefix { $0 != ":" }
      rest = authority[host.endIndex...]
    }
    guard !host.isEmpty else { return nil }
    if rest.isEmpty { return (String(host), nil) }
    guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
    return (String(host), Int(port))
  }
}
