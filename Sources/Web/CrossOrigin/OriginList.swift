/// Origins of single-page applications whose scripts may call an API of this server, as an operator listed them.
package struct OriginList: Sendable, Hashable {
  package let origins: Set<String>

  package static let none = OriginList(origins: [])

  /// Origins of one list.
  private static let most = 100

  private init(origins: Set<String>) { self.origins = origins }

  /// Returns nil unless `text` lists origins as browsers send them (RFC 6454 §7), with commas between: `https://host[:port]` in lower case, or `http` on a
  /// loopback address; no wildcard, no path, no default port.
  package init?(_ text: String) {
    let entries = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
    guard entries.count <= Self.most, entries.allSatisfy(Self.isOrigin) else { return nil }
    self.init(origins: Set(entries))
  }

  private static func isOrigin(_ text: String) -> Bool {
    PeerURL(text)?.text == text && text == text.lowercased() && !text.contains("*")
      && !(text.hasPrefix("https://") ? text.hasSuffix(":443") : text.hasSuffix(":80"))
  }
}
