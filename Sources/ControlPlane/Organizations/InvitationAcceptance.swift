internal import FoundationEssentials
internal import Outbox
package import Silo
internal import SyncProtocol

/// Turns an invitation into a grant. The region only ever said what it offers; the person, logged in here, is who widens its interest.
package struct InvitationAcceptance: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// What was joined.
  package struct Accepted: Sendable, Hashable {
    package let home: OrganizationStore.Home
    package let role: OrganizationRole
  }

  /// Accepts for `user`. Asking again gives the same answer as long as the membership lives.
  /// - Throws: ``ControlError/Code/invitationInvalid`` for anything that is not right about the invitation,
  ///   ``ControlError/Code/alreadyMember``.
  package func accept(token: String, user: UserID) async throws -> Accepted {
    guard TokenFormat.invitation.recognizes(token) else { throw ControlError(.invitationInvalid) }
    let digest = Hexadecimal.encode(TokenFormat.digest(of: token))
    let grant: GrantID = environment.identifiers.next()
    return try await environment.write { control in
      let found = try await InvitationStore.find(digest: digest, on: control)
      guard found.count == 1, let invitation = found.first, let role = OrganizationRole(rawValue: invitation.role),
        let profile = try await UserStore.profile(user, on: control), matches(invitation.email, profile.emailKey),
        let home = try await OrganizationStore.find(invitation.organization, locking: true, on: control),
        home.state == .active
      else { throw ControlError(.invitationInvalid) }
      if let earlier = try await GrantStore.user(ofInvitation: invitation.id, on: control), earlier == user {
        return Accepted(home: home, role: role)
      }
      try await GrantGate.require(.membership(home.region), on: control)
      guard invitation.state == "pending", invitation.expires > environment.now() else {
        throw ControlError(.invitationInvalid)
      }
      guard try await !GrantStore.isLive(user: user, organization: home.id, on: control) else {
        throw ControlError(.alreadyMember)
      }
      guard
        try await GrantStore.insert(
          grant, organization: home.id, user: user, role: role, source: .invitation(invitation.id), region: home.region,
          on: control)
      else { throw ControlError(.invitationInvalid) }
      try await AuditStore.append(.user(user), "invitation.accept", invitation.id.description, on: control)
      return Accepted(home: home, role: role)
    }
  }

  private func matches(_ invited: String, _ key: String) -> Bool {
    do { return try EmailAddress(invited).uniquenessKey == key } catch { return false }
  }
}
