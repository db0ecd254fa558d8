internal import Outbox
internal import Postgres
internal import Silo

/// Organizations as this region owns them. Whether a caller may is decided before.
enum OrganizationStore {
  /// Creates an organization with its first owner. Call inside a transaction.
  static func create(
    _ id: OrganizationID, name: String, generation: Int64, owner: UserID, grant: GrantID,
    on connection: RegionConnection
  ) async throws {
    try await connection.execute(
      "INSERT INTO region.organization (id, name, generation) VALUES (\(id), \(name), \(generation))")
    try await MemberStore.insert(grant, organization: id, user: owner, role: .owner, on: connection)
  }

  static func rename(_ id: OrganizationID, to name: String, on connection: RegionConnection) async throws {
    try await connection.execute(
      """
      UPDATE region.organization SET name = \(name), updated_at = now() WHERE id = \(id) AND name <> \(name)
      """)
  }

  /// Takes over a risen home generation. Older ones change nothing.
  static func raise(
    _ id: OrganizationID, to generation: Int64, on connection: RegionConnection
  ) async throws {
    try await connection.execute(
      """
      UPDATE region.organization SET generation = \(generation), updated_at = now()
      WHERE id = \(id) AND generation < \(generation)
      """)
  }

  /// Marks the organization deleted and removes all it holds. The row stays until control has removed the home, because it tells
  /// control what happened. Call inside a transaction that holds the lock.
  static func delete(_ id: OrganizationID, on connection: RegionConnection) async throws {
    for table in ["project_key", "project", "team", "invitation", "member"] {
      try await connection.execute("DELETE FROM region.\(identifier: table) WHERE organization_id = \(id)")
    }
    try await connection.execute(
      "UPDATE region.organization SET status = 'deleted', updated_at = now() WHERE id = \(id)")
  }

  /// Removes the row of a deleted organization whose home control has removed.
  static func purge(_ id: OrganizationID, on connection: RegionConnection) async throws {
    try await connection.execute("DELETE FROM region.organization WHERE id = \(id) AND status = 'deleted'")
  }
}
