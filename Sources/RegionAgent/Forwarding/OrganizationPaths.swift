/// Which paths of the application name the organization that they are about, and where: `/t/{organization}/` means that everything below `/t/acme/` is
/// about acme.
package struct OrganizationPaths: Sendable, Hashable {
  /// Paths of Atoll's own API that name one, beyond what it serves itself.
  private static let api = [
    ["api", "0", "organizations", nil], ["api", "0", "projects", nil], ["api", "0", "teams", nil],
  ]

  /// Patterns in one setting.
  private static let most = 32
  private static let placeholder = "{organization}"

  /// Segments; nil stands for the organization.
  private let patterns: [[String?]]

  /// Those of the API alone.
  package init() { patterns = Self.api }

  /// Adds patterns such as `/t/{organization}/,/o/{organization}/`. Returns nil for what is none.
  package init?(_ text: String) {
    var patterns: [[String?]] = Self.api
    for pattern in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pattern = pattern.filter { $0 != " " }
      guard pattern.hasPrefix("/"), patterns.count < Self.most else { return nil }
      let parts = pattern.split(separator: "/")
      guard parts.last == Self.placeholder[...], parts.dropLast().allSatisfy({ Self.isPlain($0) }) else { return nil }
      patterns.append(parts.map { $0 == Self.placeholder ? nil : String($0) })
    }
    self.patterns = patterns
  }

  /// The text that stands for the organization in a path; nil when the path names none.
  ///
  /// - Parameter folding: whether upper and lower case are the same.
  func organization(of segments: [Substring], folding: Bool = false) -> Substring? {
    for pattern in patterns where pattern.count <= segments.count {
      let fits = zip(pattern, segments).allSatisfy { literal, segment in
        guard let literal else { return true }
        return folding ? literal.lowercased() == segment.lowercased() : literal[...] == segment
      }
      guard fits else { continue }
      return segments[pattern.count - 1]
    }
    return nil
  }

  private static func isPlain(_ segment: Substring) -> Bool {
    segment.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || [0x2D, 0x2E, 0x5F, 0x7E].contains($0)
    } && segment != "." && segment != ".."
  }
}
