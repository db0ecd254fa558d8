/// A path of literals, `*` or a name in braces for one segment, and `**` at the end for any that follow.
struct PathPattern: Sendable, Hashable {
  /// Nil for one segment of any text.
  private let segments: [String?]
  private let isOpen: Bool

  /// Returns nil for what is no absolute path of this form.
  init?(_ text: Substring) {
    guard text.hasPrefix("/"), text.utf8.count <= 200 else { return nil }
    var parts = Self.segments(of: text)
    isOpen = parts.last == "**"
    if isOpen { parts.removeLast() }
    // One empty segment may end a path: a slash there counts.
    guard !parts.dropLast().contains(where: \.isEmpty), parts.allSatisfy({ $0.utf8.allSatisfy(Self.isPatternByte) })
    else { return nil }
    segments = parts.map { part in
      part == "*" || part.hasPrefix("{") && part.hasSuffix("}") && part.count > 2 ? nil : String(part)
    }
    guard segments.allSatisfy({ $0?.contains { "{}*".contains($0) } != true }) else { return nil }
  }

  static func segments(of path: Substring) -> [Substring] {
    path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
  }

  func matches(_ path: [Substring]) -> Bool {
    guard path.count >= segments.count, isOpen || path.count == segments.count else { return false }
    return zip(segments, path).allSatisfy { segment, text in segment.map { $0 == text } ?? !text.isEmpty }
  }

  private static func isPatternByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "-._~{}*".utf8.contains(byte)
    }
  }
}
