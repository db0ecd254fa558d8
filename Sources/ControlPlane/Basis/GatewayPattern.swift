/// Which paths name an organization, and where: `/api/0/organizations/{organization}/**`.
///
/// Segments are compared byte for byte as they stand in the request line: nothing is decoded or folded, so that no two servers read one path
/// differently.
package struct GatewayPattern: Sendable, Hashable, CustomStringConvertible {
  private enum Segment: Sendable, Hashable {
    case literal(String)
    case organization
    /// One segment of any text.
    case any
  }

  /// As it was written.
  package let description: String
  private let segments: [Segment]
  /// Whether more segments may follow (`**`).
  private let isOpen: Bool

  /// Returns nil unless `text` is an absolute path of literals, `*` or a name in braces for one segment, with `**` at the end for the rest, and
  /// `{organization}` exactly once.
  package init?(_ text: String) {
    guard text.hasPrefix("/"), text.utf8.count <= 200 else { return nil }
    var parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    isOpen = parts.last == "**"
    if isOpen { parts.removeLast() }
    var segments: [Segment] = []
    for part in parts {
      if part == "{organization}" {
        segments.append(.organization)
      } else if part == "*" || (part.hasPrefix("{") && part.hasSuffix("}") && part.count > 2) {
        segments.append(.any)
      } else {
        guard !part.isEmpty, part.utf8.allSatisfy(Self.isLiteralByte) else { return nil }
        segments.append(.literal(String(part)))
      }
    }
    guard segments.count(where: { $0 == .organization }) == 1 else { return nil }
    self.segments = segments
    description = text
  }

  /// The organization that a path names, as it stands there; nil when the path is another.
  package func organization(in path: [Substring]) -> Substring? {
    guard path.count >= segments.count, isOpen || path.count == segments.count else { return nil }
    var found: Substring?
    for (segment, text) in zip(segments, path) {
      switch segment {
      case .literal(let literal): guard text == literal else { return nil }
      case .organization: found = text
      case .any: guard !text.isEmpty else { return nil }
      }
    }
    return found.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The first segment, when it is a literal: what decides whether a path may be the gateway's at all.
  var root: String? {
    if case .literal(let text) = segments.first { text } else { nil }
  }

  private static func isLiteralByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "-._~".utf8.contains(byte)
    }
  }
}
