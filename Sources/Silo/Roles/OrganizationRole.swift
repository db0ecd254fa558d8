/// A member's role in an organization. Decided in the region, from its own row, at the moment of a request.
public enum OrganizationRole: String, Sendable, Hashable, CaseIterable, Comparable {
  case member
  case admin
  case owner

  /// Whether the role allows `permission` at all.
  public func allows(_ permission: OrganizationPermission) -> Bool {
    switch permission {
    case .read: true
    case .manageProjects, .manageTeams: self >= .admin
    case .inviteMembers, .removeMembers, .rename, .manageTokens: self >= .admin
    case .deleteOrganization, .changeSlug, .setStaleness, .readAudit: self == .owner
    }
  }

  /// Whether someone of this role may invite, remove or change someone of role `other`: never above oneself.
  public func mayManage(_ other: OrganizationRole) -> Bool {
    self >= .admin && other <= self
  }

  private var rank: Int {
    switch self {
    case .member: 0
    case .admin: 1
    case .owner: 2
    }
  }

  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// What a member can do in an organization.
public enum OrganizationPermission: String, Sendable, Hashable, CaseIterable {
  case read
  case rename
  case changeSlug
  case deleteOrganization
  case inviteMembers
  case removeMembers
  case manageTeams
  case manageProjects
  /// Make API tokens, and revoke those of others.
  case manageTokens
  /// Decide what is refused when the region's knowledge is old.
  case setStaleness
  /// See what was changed in the organization, and by whom.
  case readAudit
}
