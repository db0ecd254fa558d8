/// Where a login leads back to: a path of our own, and nothing that any browser could take for another place.
package struct ReturnPath: Sendable, Hashable, CustomStringConvertible {
  /// Bytes of a path with its query; an authorization request is the longest.
  package static let maximumBytes = 4096

  /// Path and query, such as `/oauth/authorize?client_id=eu`.
  package let text: String

  /// Where a login leads without another wish.
  package static let home = ReturnPath(known: "/organizations")

  private init(known text: String) { self.text = text }

  /// Returns nil unless `text` is `/` and a path without dots that climb, then perhaps a query; visible ASCII as it may stand in a URL. Refused are
  /// `//`, `\`, encoded slashes, backslashes and dots in the path, fragments and broken escapes.
  package init?(_ text: String) {
    guard text.utf8.count <= Self.maximumBytes, text.utf8.allSatisfy(Self.isAllowed) else { return nil }
    let question = text.firstIndex(of: "?") ?? text.endIndex
    let path = text[..<question]
    guard path.hasPrefix("/"), !path.contains("//"), Self.hasWholeEscapes(text) else { return nil }
    let lowered = path.lowercased()
    // What a proxy or a browser might decode before it looks at the path.
    guard !["%2f", "%5c", "%2e", "%00", "%25"].contains(where: lowered.contains) else { return nil }
    guard path.split(separator: "/").allSatisfy({ $0 != "." && $0 != ".." }) else { return nil }
    self.text = text
  }

  package var description: String { text }

  /// Whether this goes through the OpenID Provider, which leads to other origins.
  package var leadsToProvider: Bool { text.hasPrefix("/oauth/") }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "-._~!$&'()*+,;=:@/?%".utf8.contains(byte)
    }
  }

  private static func hasWholeEscapes(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.indices.allSatisfy { index in
      guard bytes[index] == UInt8(ascii: "%") else { return true }
      return bytes.dropFirst(index + 1).prefix(2).filter(isHexadecimal).count == 2
    }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }
}
