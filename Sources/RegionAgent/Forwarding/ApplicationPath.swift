internal import HTTPTypes
internal import Web

/// A path that goes on to the application, and what it is about. Atoll decides by the path as it came; an application may decode it first, ignore case, or cut parameters
/// (`;…`) off its segments. A path that then reads differently is refused: nobody shall ask Atoll about one thing and the application about another.
struct ApplicationPath: Sendable, Hashable {
  enum Subject: Sendable, Hashable {
    /// Data of a project, sent with a key.
    case ingest(IngestPath)
    /// Something of an organization, by the text that names it.
    case organization(String)
    /// Nothing of any one organization.
    case open
    /// The agent's own, though it has nothing there.
    case reserved

    fileprivate var kind: Int {
      switch self {
      case .ingest: 0
      case .organization: 1
      case .open: 2
      case .reserved: 3
      }
    }
  }

  /// First segments that never go to the application: a later version of the agent may serve more there.
  private static let reserved: [[Substring]] = [
    ["auth"], ["sync"], ["health"], ["ready"], ["api", "v1"], [".well-known", "atoll-manifest"],
  ]
  /// Bytes of a path.
  private static let longest = 8192

  /// As it came, without its query.
  let text: String
  let subject: Subject

  /// - Throws: 400 ``Problem`` for a path that readers disagree about.
  init(_ text: String, by paths: OrganizationPaths) throws(Problem) {
    guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      let decoded = Self.decoded(text)
    else { throw Self.refused }
    self.text = text
    subject = try Self.subject(text, paths)
    if decoded != text {
      guard try subject == Self.subject(decoded, paths) else { throw Self.refused }
    }
    let loose = decoded.split(separator: "/", omittingEmptySubsequences: false).map { $0.prefix { $0 != ";" } }
      .joined(separator: "/").lowercased()
    guard try subject.kind == Self.subject(loose, paths, folding: true).kind else { throw Self.refused }
  }

  private static func subject(
    _ text: String, _ paths: OrganizationPaths, folding: Bool = false
  ) throws(Problem) -> Subject {
    // Bytes, not characters: a decoded mark must not hide a separator.
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map { Substring($0) }
    guard parts.first?.isEmpty ?? false,
      !parts.contains(where: { $0 == "." || $0 == ".." || $0.utf8.contains(UInt8(ascii: "\\")) }),
      !parts.dropFirst().dropLast().contains(where: \.isEmpty)
    else { throw refused }
    let segments = parts.filter { !$0.isEmpty }
    if reserved.contains(where: { segments.starts(with: $0) }) { return .reserved }
    if let ingest = IngestPath(text) { return .ingest(ingest) }
    if let organization = paths.organization(of: segments, folding: folding) {
      return .organization(String(organization))
    }
    return .open
  }

  /// With every escape resolved, again and again: some applications decode twice. Nil for broken escapes, control bytes and what is not UTF-8.
  private static func decoded(_ text: String) -> String? {
    var current = text
    for _ in 0..<3 {
      guard current.utf8.contains(UInt8(ascii: "%")) else { return current }
      guard let next = PercentDecoding.text(current) else { return current == text ? nil : current }
      current = next
    }
    return current
  }

  private static var refused: Problem {
    Problem(
      .badRequest, "path-refused", title: "The path can be read in more than one way",
      detail: "It has dots, empty segments or escapes that stand for separators where they change its meaning.")
  }
}
