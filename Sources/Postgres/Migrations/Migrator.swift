/// Brings one schema of a database up to the version this program knows.
///
/// Forward only. Each migration runs in a transaction of its own together with its row in `<schema>.migration`; an advisory lock lets one
/// program migrate at a time; checksums find a migration that was edited after it had been applied.
public struct Migrator: Sendable, Hashable {
  /// The schema that the migrations fill; it is created when missing.
  public let schema: String
  /// In order of their versions, from 1 without gaps.
  public let migrations: [Migration]

  public init(schema: String, migrations: [Migration]) {
    self.schema = schema
    self.migrations = migrations
  }

  /// Applies what is missing.
  ///
  /// - Throws: ``PostgresError`` with code `.databaseNewerThanCode`, `.migrationChanged`, `.configuration` when the list itself is wrong,
  ///   or the error of the migration that failed; what was applied before it stays.
  @discardableResult
  public func migrate(_ client: PostgresClient) async throws -> MigrationReport {
    try validate()
    return try await client.withConnection { connection in
      // The session's settings and its lock end with the connection, which is not lent again.
      try connection.discardAfterUse()
      try await connection.runScript(
        "SET statement_timeout = 0; SET lock_timeout = '60s'; SET client_min_messages = warning")
      try await connection.execute(
        "SELECT pg_advisory_lock(hashtextextended(\("atoll.migration." + schema), 0))")
      try await createTable(connection)
      let known = try await applied(connection)
      try compare(known)
      var versions: [Int] = []
      for migration in migrations.dropFirst(known.count) {
        try await apply(migration, connection)
        versions.append(migration.version)
      }
      return MigrationReport(applied: versions, version: migrations.count)
    }
  }

  /// The version of the schema, 0 when it was never migrated, without changing anything.
  ///
  /// - Throws: ``PostgresError`` with code `.databaseNewerThanCode` or `.migrationChanged`.
  public func version(_ client: PostgresClient) async throws -> Int {
    try await client.withConnection { connection in
      let table = "\(SQL.quoted(identifier: schema)).migration"
      let exists = try await connection.query("SELECT to_regclass(\(table)) IS NOT NULL").only().decode(Bool.self)
      guard exists else { return 0 }
      let known = try await applied(connection)
      try compare(known)
      return known.count
    }
  }

  private func validate() throws {
    for (index, migration) in migrations.enumerated() {
      guard migration.version == index + 1 else {
        throw PostgresError(
          code: .configuration, message: "migration \(migration.version) of \(schema) is out of order")
      }
      guard migration.sha256 == Migration.checksum(of: migration.sql) else {
        throw PostgresError(
          code: .configuration, message: "migration \(migration.version) of \(schema) does not match its checksum")
      }
    }
  }

  private func createTable(_ connection: PostgresConnection) async throws {
    let exists = try await connection.query("SELECT to_regnamespace(\(SQL.quoted(identifier: schema))) IS NOT NULL")
    // Asking first: IF NOT EXISTS wants the right to create even when there is nothing to create.
    if try !exists.only().decode(Bool.self) {
      try await connection.execute("CREATE SCHEMA \(identifier: schema)")
    }
    try await connection.execute(
      """
      CREATE TABLE IF NOT EXISTS \(identifier: schema).migration (
        version int8 PRIMARY KEY CHECK (version > 0),
        name text NOT NULL,
        sha256 text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      )
      """)
  }

  private func applied(_ connection: PostgresConnection) async throws -> [(version: Int, sha256: String)] {
    try await connection.query("SELECT version, sha256 FROM \(identifier: schema).migration ORDER BY version")
      .decode((Int, String).self).map { (version: $0, sha256: $1) }
  }

  private func compare(_ known: [(version: Int, sha256: String)]) throws {
    for (index, row) in known.enumerated() {
      guard row.version <= migrations.count else {
        throw PostgresError(
          code: .databaseNewerThanCode,
          message: "schema \(schema) is at version \(known.last?.version ?? 0), this program knows \(migrations.count)")
      }
      guard row.version == index + 1, migrations[index].sha256 == row.sha256 else {
        throw PostgresError(
          code: .migrationChanged, message: "migration \(row.version) of \(schema) differs from what was applied")
      }
    }
  }

  private func apply(_ migration: Migration, _ connection: PostgresConnection) async throws {
    try await connection.withTransaction { connection in
      try await connection.runScript(migration.sql)
      guard try connection.session().transactionStatus == .inTransaction else {
        throw PostgresError(
          code: .configuration, message: "migration \(migration.version) of \(schema) ends its own transaction")
      }
      try await connection.execute(
        """
        INSERT INTO \(identifier: schema).migration (version, name, sha256)
        VALUES (\(migration.version), \(migration.name), \(migration.sha256))
        """)
    }
  }
}
