internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo

/// Teams of organizations.
enum TeamStore {
  /// Returns nil when the slug is taken in the organization.
  static func insert(
    _ slug: ResourceSlug, name: String, organization: OrganizationID, on connection: RegionConnection
  ) async throws -> Team? {
    try await connection.query(
      """
      INSERT INTO region.team (id, organization_id, slug, name)
      VALUES (\(IdentifierSource.system.next(TeamID.self)), \(organization), \(slug.text), \(name))
      ON CONFLICT (organization_id, slug) DO NOTHING RETURNING id, slug, name, created_at
      """
    ).first.map(team)
  }

  static func page(
    of organization: OrganizationID, _ request: PageRequest, on connection: RegionConnection
  ) async throws -> Page<Team> {
    let rows = try await connection.query(
      """
      SELECT id, slug, name, created_at FROM region.team
      WHERE organization_id = \(organization) AND (\(request.after) IS NULL OR id > \(request.after))
      ORDER BY id LIMIT \(Int64(request.limit) + 1)
      """)
    return request.page(try rows.map(team), id: \.id.uuid)
  }

  static func count(of organization: OrganizationID, on connection: RegionConnection) async throws -> Int64 {
    try await connection.query("SELECT count(*) FROM region.team WHERE organization_id = \(organization)")
      .only().decode(Int64.self)
  }

  static func find(
    _ slug: String, in organization: OrganizationID, on connection: RegionConnection
  ) async throws -> Team? {
    try await connection.query(
      """
      SELECT id, slug, name, created_at FROM region.team WHERE organization_id = \(organization) AND slug = \(slug)
      """
    ).first.map(team)
  }

  static func rename(_ id: TeamID, to name: String, on connection: RegionConnection) async throws {
    try await connection.execute("UPDATE region.team SET name = \(name) WHERE id = \(id) AND name <> \(name)")
  }

  static func delete(_ id: TeamID, on connection: RegionConnection) async throws {
    try await connection.execute("DELETE FROM region.team WHERE id = \(id)")
  }

  private static func team(_ row: PostgresRow) throws -> Team {
    let (id, slug, name, createdAt) = try row.decode((UUID, String, String, Date).self)
    return Team(id: TeamID(id), slug: slug, name: name, createdAt: createdAt)
  }
}
