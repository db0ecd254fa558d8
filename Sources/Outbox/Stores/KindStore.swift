public import Postgres
internal import SyncProtocol

/// Reads and declares kinds in a database.
public enum KindStore {
  /// Declares the kinds that a registry sends and prepares its sinks. Run it once at start, as the service role.
  public static func prepare(_ registry: KindRegistry, on client: PostgresClient) async throws {
    try await client.withTransaction { connection in
      for declaration in registry.declarations {
        try await declare(declaration, on: connection)
      }
      for sink in registry.sinks.values.sorted(by: { $0.declaration.kind < $1.declaration.kind }) {
        try await sink.prepare(on: connection)
      }
    }
  }

  /// Declares one kind; throws when it exists with another key type.
  public static func declare(_ declaration: KindDeclaration, on connection: PostgresConnection) async throws {
    try await connection.execute(
      """
      SELECT outbox.declare_kind(
        \(declaration.kind.name), \(declaration.keyType.rawValue), \(declaration.lane.rawValue),
        \(declaration.isApplicationKind))
      """)
  }

  /// Registers a table as written by apply; throws when it is captured.
  public static func declareReplica(
    _ table: TableName, kind: String, on connection: PostgresConnection
  ) async throws {
    try await connection.execute(
      "SELECT outbox.declare_replica(\(table.quoted)::text::regclass, \(kind))")
  }

  package static func catalog(on connection: PostgresConnection) async throws -> KindCatalog {
    let rows = try await connection.query("SELECT id, name, key_type, lane FROM outbox.kind")
    return KindCatalog(
      try rows.decode((Int16, String, String, String).self).compactMap { id, name, keyType, lane in
        guard let kind = Kind(name), let keyType = KeyType(rawValue: keyType), let lane = Lane(rawValue: lane) else {
          return nil
        }
        return KindCatalog.Entry(id: id, kind: kind, keyType: keyType, lane: lane)
      })
  }
}
