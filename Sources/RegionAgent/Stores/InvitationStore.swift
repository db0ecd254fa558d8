internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo

/// Invitations. Tokens never come here, only their digests, and digests never leave except to control.
enum InvitationStore {
  /// Returns nil when the address has a pending invitation already.
  static func insert(
    organization: OrganizationID, email: String, role: OrganizationRole, digest: [UInt8], invitedBy user: UserID,
    expiresAt: Date,
    on connection: RegionConnection
  ) async throws -> Invitation? {
    try await connection.query(
      """
      INSERT INTO region.invitation (id, organization_id, email, role, token_digest, invited_by, expires_at)
      VALUES (\(IdentifierSource.system.next(InvitationID.self)), \(organization), \(email), \(role), \(digest), \(user), \(expiresAt))
      ON CONFLICT (organization_id, email) WHERE state = 'pending' DO NOTHING
      RETURNING \(columns)
      """
    ).first.map(invitation)
  }

  static func page(
    of organization: OrganizationID, _ request: PageRequest, on connection: RegionConnection
  ) async throws -> Page<Invitation> {
    let rows = try await connection.query(
      """
      SELECT \(columns) FROM region.invitation
      WHERE organization_id = \(organization) AND (\(request.after) IS NULL OR id > \(request.after))
      ORDER BY id LIMIT \(Int64(request.limit) + 1)
      """)
    return request.page(try rows.map(invitation), id: \.id.uuid)
  }

  /// The invitation, locked against being revoked and accepted at once.
  static func locked(_ id: InvitationID, on connection: RegionConnection) async throws -> Invitation? {
    try await connection.query("SELECT \(columns) FROM region.invitation WHERE id = \(id) FOR UPDATE")
      .first.map(invitation)
  }

  static func pendingCount(of organization: OrganizationID, on connection: RegionConnection) async throws -> Int64 {
    try await connection.query(
      "SELECT count(*) FROM region.invitation WHERE organization_id = \(organization) AND state = 'pending'"
    ).only().decode(Int64.self)
  }

  /// Closes a pending invitation. Others stay as they are.
  static func close(
    _ id: InvitationID, as state: Invitation.State, on connection: RegionConnection
  ) async throws {
    try await connection.execute(
      "UPDATE region.invitation SET state = \(state) WHERE id = \(id) AND state = 'pending'")
  }

  private static let columns: SQL = "id, organization_id, email, role, state, expires_at, created_at"

  private static func invitation(_ row: PostgresRow) throws -> Invitation {
    let (id, organization, email, role, state, expiresAt, createdAt) = try row.decode(
      (UUID, UUID, String, String, Invitation.State, Date, Date).self)
    return Invitation(
      id: InvitationID(id), organization: OrganizationID(organization), email: email,
      role: try OrganizationRole(stored: role), state: state, expiresAt: expiresAt, createdAt: createdAt)
  }
}
