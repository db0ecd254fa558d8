/// A path of one's own host to which a browser may be sent: it starts with one `/`, and no reader takes it for another host.
public struct OwnPath: Sendable, Hashable, CustomStringConvertible {
  /// The path with its query.
  public let description: String

  /// The start page.
  public static let root = OwnPath(unchecked: "/")

  /// Bytes of a path that are looked at at all.
  public static let longest = 2000

  /// Returns nil for what is not a path of this host alone: `//host`, `/\host`, a scheme, white space, control characters, anything beyond ASCII.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard (1...Self.longest).contains(bytes.count), bytes[0] == UInt8(ascii: "/"),
      bytes.allSatisfy({ (0x21...0x7E).contains($0) && !Self.refused.contains($0) })
    else { return nil }
    guard bytes.count == 1 || bytes[1] != UInt8(ascii: "/") else { return nil }
    self.init(unchecked: text)
  }

  private init(unchecked text: String) { description = text }

  /// What readers of URLs disagree about.
  private static let refused = Set("\\\"<>^`{|}#".utf8)
}
