internal import HTTPTypes
package import Silo
internal import SyncProtocol
package import Web

/// The decision that a caller may act in an organization, made at the moment of the request from the region's own rows.
package struct Access: Sendable, Hashable {
  package let caller: Caller
  package let organization: Organization
  package let membership: AccessFacts.Membership
  package let policy: StalenessPolicy
  /// How old the region's knowledge counts for this organization. Never closed: that is refused.
  package let standing: KnowledgeStanding

  package var role: OrganizationRole { membership.role }

  /// Decides from `facts`.
  ///
  /// - Parameter age: seconds for which control was not heard of; nil when nothing was ever complete.
  /// - Throws: 503 while the user's rows have not arrived or knowledge is too old, 401 for an ended epoch or user, 403 for a suspended one, 404 for an
  ///   organization that is not here, not the caller's or not the one the token is for.
  package init(_ caller: Caller, _ facts: AccessFacts, age: Double?) throws(Problem) {
    guard facts.userArrived, let status = facts.status else { throw Self.userNotArrived }
    // A newer epoch than ours is accepted: what control knows is on its way, and whoever decides here has asked for it.
    guard status.value != .deleted, caller.epoch.map({ $0 >= status.epoch }) ?? true else { throw .unauthenticated }
    guard status.value == .active else { throw Self.suspended }
    guard let organization = facts.organization, let membership = facts.membership,
      caller.organization.map({ $0 == organization.id }) ?? true
    else { throw .notFound("The organization") }
    standing = facts.policy.standing(age: age)
    guard standing != .closed else { throw Self.tooOld(standing) }
    if case .apiToken = caller.credential, standing == .degraded, facts.policy.refused.contains(.apiTokens) {
      throw Self.tooOld(standing)
    }
    self.caller = caller
    self.organization = organization
    self.membership = membership
    policy = facts.policy
  }

  /// - Parameter isChange: whether something is changed even though the permission is a mere look: whoever leaves needs no role.
  /// - Throws: 403 naming the caller's role or the scope that is missing; 503 for what is refused while knowledge is old.
  package func require(_ permission: OrganizationPermission, isChange: Bool = false) throws(Problem) {
    guard role.allows(permission) else {
      throw .forbidden("Your role in the organization, \(role.rawValue), does not allow this.")
    }
    try requireScope(permission, isChange: isChange)
    guard standing == .degraded else { return }
    if policy.refused.contains(.administration), permission.isAdministration { throw Self.tooOld(standing) }
    if policy.refused.contains(.changes), isChange || permission != .read { throw Self.tooOld(standing) }
  }

  private func requireScope(_ permission: OrganizationPermission, isChange: Bool) throws(Problem) {
    guard case .apiToken(_, let scopes) = caller.credential else { return }
    guard let needed = permission == .read && isChange ? nil : permission.scope else {
      throw .forbidden("An API token cannot do this.")
    }
    guard scopes.contains(where: { $0.description == needed }) else {
      throw .forbidden("The API token has not the scope \(needed).")
    }
  }

  /// Refuses to invite, change or remove someone of a role above the caller's.
  /// - Throws: 403.
  package func requireMayManage(_ other: OrganizationRole) throws(Problem) {
    guard role.mayManage(other) else {
      throw .forbidden("Your role in the organization, \(role.rawValue), does not reach the role \(other.rawValue).")
    }
  }

  /// Seconds a client shall wait for a user row that is on its way. Delivery takes milliseconds while control is reachable.
  static let retryAfterSeconds = 2

  static var userNotArrived: Problem {
    .unavailable("Your user has not arrived in this region yet. Try again shortly.", retryAfter: retryAfterSeconds)
  }

  static var suspended: Problem {
    Problem(.forbidden, "account-suspended", title: "The account is suspended")
  }

  /// The code of ``tooOld(_:)``.
  static let tooOldCode = "knowledge-too-old"

  static func tooOld(_ standing: KnowledgeStanding) -> Problem {
    Problem(
      .serviceUnavailable, tooOldCode, title: "This region has not heard from control for too long",
      detail: "The organization refuses this until the region is up to date again; see its staleness policy.",
      retryAfter: 30, members: ["freshness": .string(standing.rawValue)])
  }
}

extension OrganizationPermission {
  /// Whether it decides who may do what.
  var isAdministration: Bool {
    switch self {
    case .read, .rename, .manageTeams, .manageProjects, .readAudit: false
    case .changeSlug, .deleteOrganization, .inviteMembers, .removeMembers, .manageTokens, .setStaleness: true
    }
  }
}
