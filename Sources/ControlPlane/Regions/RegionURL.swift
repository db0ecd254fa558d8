/// The rule for a region's URL: https with a host, or http where it cannot leave the machine.
package enum RegionURL {
  /// The URL without a trailing slash, or nil when it is not usable. No user, query or fragment.
  package static func normalized(_ text: String) -> String? {
    guard text.utf8.count <= 2048, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let scheme = parts.first, let rest = parts.last, !rest.contains("@"), !rest.contains("?"),
      !rest.contains("#"), !rest.contains("\\")
    else { return nil }
    let authority = rest.prefix { $0 != "/" }
    let host =
      authority.hasPrefix("[") ? String(authority.prefix { $0 != "]" }) + "]" : String(authority.prefix { $0 != ":" })
    guard !host.isEmpty else { return nil }
    switch scheme {
    case "https": break
    case "http" where ["localhost", "127.0.0.1", "[::1]"].contains(host): break
    default: return nil
    }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }
}
