package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Owners of project keys over all regions.
package enum KeyStore {
  package struct Owner: Sendable, Hashable {
    package let organization: OrganizationID
    package let slug: String
    package let region: String
    package let claimed: Date
    /// Nil when the region took the row back and the claim outlives it.
    package let project: UUID?
    package let status: String?
  }

  package static func owner(of publicKey: String, on control: ControlConnection) async throws -> Owner? {
    try await control.query(
      """
      SELECT o.organization_id, h.slug, r.name, o.claimed, k.project_id, k.status
      FROM directory.project_key_owner o JOIN directory.organization_home h ON h.id = o.organization_id
      JOIN control.region r ON r.id = h.region_id
      LEFT JOIN directory.project_key k ON k.id = o.key_id AND k.public_key = o.public_key
      WHERE o.public_key = \(publicKey)
      """
    ).decode((UUID, String, String, Date, UUID?, String?).self).first.map { row in
      Owner(
        organization: OrganizationID(row.0), slug: row.1, region: row.2, claimed: row.3, project: row.4, status: row.5)
    }
  }

  /// Ends an ownership; false when there is none.
  package static func release(_ publicKey: String, on control: ControlConnection) async throws -> Bool {
    try await control.execute("DELETE FROM directory.project_key_owner WHERE public_key = \(publicKey)") == 1
  }
}
