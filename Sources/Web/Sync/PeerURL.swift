/// Where a peer is called: `https://host[:port]`, or `http` where the bytes cannot leave the machine. Tokens and rows never travel in the clear.
package struct PeerURL: Sendable, Hashable {
  /// Scheme, host and port, without a slash at the end.
  package let text: String

  /// Returns nil for another scheme, plain HTTP to anything but a loopback address, and for a user, path, query or fragment.
  package init?(_ text: String) {
    let text = text.hasSuffix("/") ? String(text.dropLast()) : text
    guard text.utf8.count <= 300, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
      let range = text.firstRange(of: "://")
    else { return nil }
    let authority = text[range.upperBound...]
    let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
    guard !host.isEmpty, !authority.hasPrefix("[") || authority.contains("]"),
      !authority.contains(where: { "/@?#\\".contains($0) }),
      Self.isPort(authority.dropFirst(host.count))
    else { return nil }
    switch text[..<range.lowerBound] {
    case "https": break
    case "http" where ["localhost", "127.0.0.1", "[::1]"].contains(host): break
    default: return nil
    }
    self.text = text
  }

  private static func isPort(_ rest: Substring) -> Bool {
    if rest.isEmpty { return true }
    guard rest.first == ":", let port = UInt16(rest.dropFirst()) else { return false }
    return port > 0 && rest.dropFirst().allSatisfy(\.isNumber)
  }

  static func require(_ text: String) throws(SyncTransportFailure) -> PeerURL {
    guard let url = PeerURL(text) else {
      throw SyncTransportFailure(.url, "the peer's URL is https://host[:port], or http on a loopback address")
    }
    return url
  }
}
