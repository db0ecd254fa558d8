internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo

/// Projects of organizations.
enum ProjectStore {
  /// Returns nil when the slug is taken in the organization, or the number in the region.
  ///
  /// - Parameter number: of a project that comes from elsewhere with DSNs that clients use; nil for a new one.
  static func insert(
    _ slug: ResourceSlug, name: String, number: ProjectNumber? = nil, organization: OrganizationID,
    on connection: RegionConnection
  ) async throws -> Project? {
    try await connection.query(
      """
      INSERT INTO region.project (id, organization_id, slug, name, number)
      VALUES (\(IdentifierSource.system.next(ProjectID.self)), \(organization), \(slug.text), \(name),
        coalesce(\(number?.value), region.new_project_number()))
      ON CONFLICT DO NOTHING RETURNING id, slug, name, number, created_at
      """
    ).first.map(project)
  }

  static func page(
    of organization: OrganizationID, _ request: PageRequest, on connection: RegionConnection
  ) async throws -> Page<Project> {
    let rows = try await connection.query(
      """
      SELECT id, slug, name, number, created_at FROM region.project
      WHERE organization_id = \(organization) AND (\(request.after) IS NULL OR id > \(request.after))
      ORDER BY id LIMIT \(Int64(request.limit) + 1)
      """)
    return request.page(try rows.map(project), id: \.id.uuid)
  }

  static func count(of organization: OrganizationID, on connection: RegionConnection) async throws -> Int64 {
    try await connection.query("SELECT count(*) FROM region.project WHERE organization_id = \(organization)")
      .only().decode(Int64.self)
  }

  static func find(
    _ slug: String, in organization: OrganizationID, on connection: RegionConnection
  ) async throws -> Project? {
    try await connection.query(
      """
      SELECT id, slug, name, number, created_at FROM region.project WHERE organization_id = \(organization) AND slug = \(slug)
      """
    ).first.map(project)
  }

  static func rename(_ id: ProjectID, to name: String, on connection: RegionConnection) async throws {
    try await connection.execute("UPDATE region.project SET name = \(name) WHERE id = \(id) AND name <> \(name)")
  }

  /// Deletes the project with its keys. Call inside a transaction.
  static func delete(_ id: ProjectID, on connection: RegionConnection) async throws {
    try await connection.execute("DELETE FROM region.project_key WHERE project_id = \(id)")
    try await connection.execute("DELETE FROM region.project WHERE id = \(id)")
  }

  private static func project(_ row: PostgresRow) throws -> Project {
    let (id, slug, name, number, createdAt) = try row.decode((UUID, String, String, Int64, Date).self)
    return Project(
      id: ProjectID(id), slug: slug, name: name, number: try ProjectNumber(stored: number), createdAt: createdAt)
  }
}

extension ProjectNumber {
  /// - Throws: ``PostgresError`` with code `.decoding` for a number that the table's CHECK does not know either.
  init(stored value: Int64) throws {
    guard let number = ProjectNumber(value) else {
      throw PostgresError(code: .decoding, message: "a stored project number is none")
    }
    self = number
  }
}
