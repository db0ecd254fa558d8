internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo

/// Memberships. Rows are made by the provisioner only, from grants that control recorded.
enum MemberStore {
  static func insert(
    _ grant: GrantID, organization: OrganizationID, user: UserID, role: OrganizationRole,
    on connection: RegionConnection
  ) async throws {
    try await connection.execute(
      """
      INSERT INTO region.member (id, organization_id, user_id, role)
      VALUES (\(grant), \(organization), \(user), \(role))
      """)
  }

  static func page(
    of organization: OrganizationID, _ request: PageRequest, on connection: RegionConnection
  ) async throws -> Page<Member> {
    let rows = try await connection.query(
      """
      \(selection) WHERE m.organization_id = \(organization) AND (\(request.after) IS NULL OR m.id > \(request.after))
      ORDER BY m.id LIMIT \(Int64(request.limit) + 1)
      """)
    return request.page(try rows.map(member), id: \.id.uuid)
  }

  static func find(
    _ id: GrantID, in organization: OrganizationID, on connection: RegionConnection
  ) async throws -> Member? {
    try await connection.query("\(selection) WHERE m.id = \(id) AND m.organization_id = \(organization)")
      .first.map(member)
  }

  static func contains(
    user: UserID, in organization: OrganizationID, on connection: RegionConnection
  ) async throws -> Bool {
    try await !connection.query(
      "SELECT 1 FROM region.member WHERE organization_id = \(organization) AND user_id = \(user)"
    ).isEmpty
  }

  static func ownerCount(of organization: OrganizationID, on connection: RegionConnection) async throws -> Int64 {
    try await connection.query(
      "SELECT count(*) FROM region.member WHERE organization_id = \(organization) AND role = 'owner'"
    ).only().decode(Int64.self)
  }

  static func setRole(_ id: GrantID, to role: OrganizationRole, on connection: RegionConnection) async throws {
    try await connection.execute("UPDATE region.member SET role = \(role) WHERE id = \(id) AND role <> \(role)")
  }

  /// Ends a membership. Its pointer tells control, which ends the grant.
  static func delete(_ id: GrantID, on connection: RegionConnection) async throws {
    try await connection.execute("DELETE FROM region.member WHERE id = \(id)")
  }

  private static let selection: SQL =
    """
    SELECT m.id, m.user_id, m.role, u.name, u.email, m.created_at
    FROM region.member AS m LEFT JOIN replica."user" AS u ON u.id = m.user_id
    """

  private static func member(_ row: PostgresRow) throws -> Member {
    let (id, user, role, name, email, createdAt) = try row.decode(
      (UUID, UUID, String, String?, String?, Date).self)
    return Member(
      id: GrantID(id), user: UserID(user), role: try OrganizationRole(stored: role), name: name, email: email,
      createdAt: createdAt)
  }
}
