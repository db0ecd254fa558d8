internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo

/// Keys of projects.
enum ProjectKeyStore {
  /// A refusal by control is shown for so many seconds after it was reported last: it is reported again while it stands.
  private static let refusalSeconds: Int64 = 120

  private static let columns: SQL =
    """
    k.id, k.public_key, k.name, k.project_number, k.status, k.created_at, (
      SELECT n.code FROM outbox.nack AS n WHERE n.silo = 0 AND n.kind = 'project_key' AND n.key = k.id::text
        AND n.last_seen > clock_timestamp() - make_interval(secs => \(refusalSeconds)))
    """

  /// Makes a random key, or takes over one that clients use already. Returns nil when the public value is another key's here. 122 random bits need no
  /// second try.
  static func insert(
    _ publicKey: String?, name: String?, project: ProjectID, organization: OrganizationID,
    on connection: RegionConnection
  ) async throws -> ProjectKey? {
    let publicKey = publicKey ?? UUID().uuidString.lowercased().filter { $0 != "-" }
    return try await connection.query(
      """
      INSERT INTO region.project_key AS k (id, organization_id, project_id, public_key, name)
      VALUES (\(IdentifierSource.system.next(ProjectKeyID.self)), \(organization), \(project), \(publicKey), \(name))
      ON CONFLICT (public_key) DO NOTHING
      RETURNING k.id, k.public_key, k.name, k.project_number, k.status, k.created_at, NULL::text
      """
    ).first.map(key)
  }

  static func all(
    of project: ProjectID, limit: Int64, on connection: RegionConnection
  ) async throws -> [ProjectKey] {
    try await connection.query(
      """
      SELECT \(columns) FROM region.project_key AS k WHERE k.project_id = \(project) ORDER BY k.id LIMIT \(limit)
      """
    ).map(key)
  }

  static func count(of project: ProjectID, on connection: RegionConnection) async throws -> Int64 {
    try await connection.query("SELECT count(*) FROM region.project_key WHERE project_id = \(project)")
      .only().decode(Int64.self)
  }

  /// Returns nil when the project has no such key.
  static func find(
    _ id: ProjectKeyID, of project: ProjectID, on connection: RegionConnection
  ) async throws -> ProjectKey? {
    try await connection.query(
      "SELECT \(columns) FROM region.project_key AS k WHERE k.id = \(id) AND k.project_id = \(project)"
    ).first.map(key)
  }

  /// Changes what is not nil. Returns nil when the project has no such key.
  static func change(
    _ id: ProjectKeyID, of project: ProjectID, isActive: Bool?, name: String?, on connection: RegionConnection
  ) async throws -> ProjectKey? {
    let status = isActive.map { $0 ? "active" : "disabled" }
    return try await connection.query(
      """
      UPDATE region.project_key AS k SET status = coalesce(\(status), k.status), name = coalesce(\(name), k.name)
      WHERE k.id = \(id) AND k.project_id = \(project) RETURNING \(columns)
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
    let (id, publicKey, name, number, status, createdAt, refusal) = try row.decode(
      (UUID, String, String?, Int64, String, Date, String?).self)
    return ProjectKey(
      id: ProjectKeyID(id), publicKey: publicKey, name: name, number: try ProjectNumber(stored: number),
      isActive: status == "active", createdAt: createdAt, refusal: refusal)
  }
}
