/// What an API token may do at most; its person's role bounds it as well, at the moment of each request.
public struct APITokenScope: Sendable, Hashable, Comparable, LosslessStringConvertible {
  public let description: String

  /// Returns nil for a text that is neither one of ``known`` nor `app:` and a name of the application's own (1 to 40 of `a-z 0-9 . _ -`).
  public init?(_ description: String) {
    guard Self.known.contains(description) || Self.isOwn(description) else { return nil }
    self.description = description
  }

  /// Scopes that Atoll's own API asks for.
  public static let known = ["org:read", "org:write", "org:admin", "member:write", "team:write", "project:write"]
  /// Scopes of one token.
  public static let most = 20

  /// The scopes of a text that joins them by one space; what is none is left out.
  public static func list(_ text: String) -> [APITokenScope] {
    text.split(separator: " ").compactMap { Self(String($0)) }
  }

  public static func < (left: Self, right: Self) -> Bool { left.description < right.description }

  private static func isOwn(_ text: String) -> Bool {
    let name = text.dropFirst(4).utf8
    return text.hasPrefix("app:") && (1...40).contains(name.count)
      && name.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || [0x2E, 0x5F, 0x2D].contains($0)
      }
  }
}

extension OrganizationPermission {
  /// The scope that an API token needs for this; nil for what no API token may.
  public var scope: String? {
    switch self {
    case .read: "org:read"
    case .rename: "org:write"
    case .changeSlug, .deleteOrganization: "org:admin"
    case .inviteMembers, .removeMembers: "member:write"
    case .manageTeams: "team:write"
    case .manageProjects: "project:write"
    case .manageTokens, .setStaleness, .readAudit: nil
    }
  }
}
