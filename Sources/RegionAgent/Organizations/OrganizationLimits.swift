/// Bounds of what one organization may hold.
package struct OrganizationLimits: Sendable, Hashable {
  package var pendingInvitations: Int64 = 1000
  package var teams: Int64 = 1000
  package var projects: Int64 = 1000
  package var keysPerProject: Int64 = 100
  /// Seconds an invitation can be accepted.
  package var invitationLifetime: Int64 = 7 * 86_400

  package init() {}
}
