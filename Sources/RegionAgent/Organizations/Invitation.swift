package import struct FoundationEssentials.Date
package import Silo

/// An offer of membership to an address. Only a digest of its token is stored.
package struct Invitation: Sendable, Hashable {
  package enum State: String, Sendable, Hashable {
    case pending, accepted, revoked
  }

  package var id: InvitationID
  package var organization: OrganizationID
  package var email: String
  package var role: OrganizationRole
  package var state: State
  package var expiresAt: Date
  package var createdAt: Date
}
