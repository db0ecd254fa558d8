internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo

/// Keys of projects.
enum ProjectKeyStore {
  /// Makes a random key. 122 random bits need no second try.
  static func insert(
    project: ProjectID, organization: OrganizationID, on connection: RegionConnection
  ) async throws -> ProjectKey {
    let publicKey = UUID().uuidString.lowercased().filter { $0 != "-" }
    return try key(
      await connection.query(
        """
        INSERT INTO region.project_key (id, organization_id, project_id, public_key)
        VALUES (\(IdentifierSource.system.next(ProjectKeyID.self)), \(organization), \(project), \(publicKey))
        RETURNING id, public_key, status, created_at
        """
      ).only())
  }

  static func all(
    of project: ProjectID, limit: Int64, on connection: RegionConnection
  ) async throws -> [ProjectKey] {
    try await connection.query(
      """
      SELECT id, public_key, status, created_at FROM region.project_key WHERE project_id = \(project)
      ORDER BY id LIMIT \(limit)
      """
    ).map(key)
  }

  static func count(of project: ProjectID, on connection: RegionConnection) async throws -> Int64 {
    try await connection.query("SELECT count(*) FROM region.project_key WHERE project_id = \(project)")
      .only().decode(Int64.self)
  }

  /// Returns nil when the project has no such key.
  static func setActive(
    _ isActive: Bool, _ id: ProjectKeyID, of project: ProjectID, on connection: RegionConnection
  ) async throws -> ProjectKey? {
    try await connection.query(
      """
      UPDATE region.project_key SET status = \(isActive ? "active" : "disabled")
      WHERE id = \(id) AND project_id = \(project) RETURNING id, public_key, status, created_at
      """
    ).first.map(key)
  }

  /// Returns whether there was such a key.
  static func delete(
    _ id: ProjectKeyID, of project: ProjectID, on connection: RegionConnection
  ) async throws -> Bool {
    try await connection.execute("DELETE FROM region.project_key WHERE id = \(id) AND project_id = \(project)") > 0
  }

  private static func key(_ row: PostgresRow) throws -> ProjectKey {
    let (id, publicKey, status, createdAt) = try row.decode((UUID, String, String, Date).self)
    return ProjectKey(id: ProjectKeyID(id), publicKey: publicKey, isActive: status == "active", createdAt: createdAt)
  }
}
