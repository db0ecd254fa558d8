internal import Web

/// The paths that the gateway takes, in the order in which they are tried.
///
/// Everything below `/api/` that is not control's own `/api/v1/` belongs to the gateway whether or not a pattern names it; a pattern of another
/// root adds that root.
package struct GatewayPatterns: Sendable, Hashable {
  package let patterns: [GatewayPattern]
  /// First segments that are the gateway's besides `api`.
  private let roots: Set<String>

  /// Patterns of one gateway.
  package static let maximum = 64

  /// The API as regions serve it.
  package static let standard = GatewayPatterns(
    known: [
      "/api/0/organizations/{organization}/**", "/api/0/projects/{organization}/{project}/**",
      "/api/0/teams/{organization}/{team}/**",
    ])

  private init(known: [String]) { self.init(patterns: known.compactMap(GatewayPattern.init)) }

  private init(patterns: [GatewayPattern]) {
    self.patterns = patterns
    roots = Set(patterns.compactMap(\.root)).subtracting(["api"])
  }

  /// First segments that are control's own, now or soon.
  private static let own: Set<String> = [
    "oauth", "login", "logout", "assets", "sync", "health", "ready", "metrics", "signup", "settings", ".well-known",
    "invitation", "invitations", "forgot", "dev", "ingest", "verify", "reset", "auth", "console", "organizations",
  ]

  /// The standard patterns and further ones, with commas or spaces between.
  ///
  /// Returns nil for a text that is no pattern, one that begins with a placeholder, and one of a path that is control's own.
  package init?(further text: String) {
    let parts = text.split { $0 == "," || $0 == " " || $0 == "\n" }
    let further = parts.compactMap { GatewayPattern(String($0)) }
    guard further.count == parts.count, further.count + Self.standard.patterns.count <= Self.maximum,
      further.allSatisfy({ pattern in
        guard let root = pattern.root else { return false }
        return !Self.own.contains(root) && !pattern.description.hasPrefix("/api/v1/")
      })
    else { return nil }
    self.init(patterns: further + Self.standard.patterns)
  }

  /// Whether a path is the gateway's and not control's.
  package func owns(_ path: Substring) -> Bool {
    if path.hasPrefix("/api/") { return !(path.hasPrefix("/api/v1/") || path == "/api/v1") }
    guard !roots.isEmpty else { return false }
    return roots.contains(String(path.dropFirst().prefix { $0 != "/" }))
  }

  /// What stands for a path in metrics: the pattern that it fits, never anything of the path itself.
  package func label(of path: Substring) -> String {
    if IngestPath(path) != nil { return "/api/{project_id}/{what}/**" }
    if let pattern = match(path)?.pattern { return pattern.description }
    return path.hasPrefix("/api/") ? "/api/**" : "other"
  }

  /// The organization that a path names, with the pattern that says so.
  package func match(_ path: Substring) -> (organization: Substring, pattern: GatewayPattern)? {
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for pattern in patterns {
      if let organization = pattern.organization(in: segments) { return (organization, pattern) }
    }
    return nil
  }
}
