package import Silo

/// What to do about a grant. Pure: facts in, decision out, so that every case is tested without a database.
package enum GrantDecision: Sendable, Hashable {
  /// Nothing now. What is missing names the grant again when it arrives.
  case wait
  /// Create the organization with the grant's user as its owner.
  case createOrganization(name: String, generation: Int64)
  /// Make the member with this role; close the invitation.
  case addMember(OrganizationRole, closing: InvitationID)
  /// The grant cannot be honoured: tell control by a pointer without a row, so that it ends the grant.
  case refuse(Refusal, closing: InvitationID?)
  /// Control ended the grant: the membership ends too, and the decision is forgotten.
  case end

  package enum Refusal: String, Sendable, Hashable, CaseIterable {
    case organizationDeleted = "organization_deleted"
    case alreadyMember = "already_member"
    /// A grant for an organization that exists, without an invitation.
    case notInvited = "not_invited"
    case invitationUnknown = "invitation_unknown"
    case invitationClosed = "invitation_closed"
    /// The grant's role or organization differs from the invitation's.
    case invitationMismatch = "invitation_mismatch"
  }

  package init(_ facts: GrantFacts) {
    guard let grant = facts.grant, grant.isLive else {
      self = facts.isDecided ? .end : .wait
      return
    }
    guard !facts.isDecided, let home = facts.home else {
      self = .wait
      return
    }
    switch facts.organizationStatus {
    case nil: self = Self.first(grant, home)
    case "active": self = Self.further(grant, facts)
    default: self = .refuse(.organizationDeleted, closing: nil)
    }
  }

  /// The organization is not here: only its creator's grant makes it, and only while control waits for that. An active home without
  /// its organization means that this database lost it; nothing is invented then.
  private static func first(_ grant: ReceivedGrant, _ home: ReceivedHome) -> GrantDecision {
    guard home.state == .provisioning, home.creatorGrant == grant.id, grant.role == .owner else { return .wait }
    return .createOrganization(name: home.name, generation: home.generation)
  }

  private static func further(_ grant: ReceivedGrant, _ facts: GrantFacts) -> GrantDecision {
    guard let id = grant.invitation else { return .refuse(.notInvited, closing: nil) }
    guard let invitation = facts.invitation else { return .refuse(.invitationUnknown, closing: nil) }
    guard invitation.organization == grant.organization, invitation.role == grant.role else {
      return .refuse(.invitationMismatch, closing: nil)
    }
    guard invitation.state == .pending else { return .refuse(.invitationClosed, closing: nil) }
    guard !facts.isMember else { return .refuse(.alreadyMember, closing: id) }
    return .addMember(invitation.role, closing: id)
  }
}
