package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Invitations as their regions report them.
package enum InvitationStore {
  package struct Invitation: Sendable, Hashable {
    package let id: InvitationID
    package let organization: OrganizationID
    package let email: String
    package let role: String
    package let expires: Date
    package let state: String
  }

  /// The invitations with this digest, at most two: more than one is ambiguous, and refused.
  package static func find(digest: String, on control: ControlConnection) async throws -> [Invitation] {
    let rows = try await control.query(
      """
      SELECT id, organization_id, email, role, expires_at, state FROM directory.invitation
      WHERE token_digest = \(digest) LIMIT 2
      """)
    return try rows.decode((UUID, UUID, String, String, Date, String).self).map { row in
      Invitation(
        id: InvitationID(row.0), organization: OrganizationID(row.1), email: row.2, role: row.3, expires: row.4,
        state: row.5)
    }
  }
}
