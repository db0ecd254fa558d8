internal import HTTPTypes
package import Silo
package import Web

/// The decision that a caller may act in an organization, made at the moment of the request from the region's own rows.
package struct Access: Sendable, Hashable {
  package let caller: Caller
  package let organization: Organization
  package let membership: AccessFacts.Membership

  package var role: OrganizationRole { membership.role }

  /// Decides from `facts`.
  ///
  /// - Throws: 503 while the user's rows have not arrived, 401 for an ended epoch or user, 403 for a suspended one, 404 for an
  ///   organization that is not here, not the caller's or not the one the token is for.
  package init(_ caller: Caller, _ facts: AccessFacts) throws(Problem) {
    guard facts.userArrived, let status = facts.status else { throw Self.userNotArrived }
    // A newer epoch than ours is accepted: what control knows is on its way, for a pull is always outstanding.
    guard status.value != .deleted, caller.epoch >= status.epoch else { throw .unauthenticated }
    guard status.value == .active else { throw Self.suspended }
    guard let organization = facts.organization, let membership = facts.membership,
      caller.organization == nil || organization.id == caller.organization
    else { throw .notFound("The organization") }
    self.caller = caller
    self.organization = organization
    self.membership = membership
  }

  /// - Throws: 403 naming the caller's role.
  package func require(_ permission: OrganizationPermission) throws(Problem) {
    guard role.allows(permission) else {
      throw .forbidden("Your role in the organization, \(role.rawValue), does not allow this.")
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
}
