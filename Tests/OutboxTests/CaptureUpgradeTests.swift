import FoundationEssentials
import Outbox
import Postgres
import SyncProtocol
import TestSupport
import Testing

@Suite("A database that was captured before is upgraded with what waits in it")
struct CaptureUpgradeTests {
  /// The version of the schema before the append became cheaper.
  private static let before = Migrator(schema: "outbox", migrations: Array(OutboxMigrations.all.prefix(8)))

  private func withOldPair(_ body: (Pair) async throws -> Void) async throws {
    try await withTestDatabase(migrations: [Self.before, Pair.sourceTables]) { source in
      try await withTestDatabase(migrations: [Pair.outbox, Pair.replicaTables]) { replica in
        let pair = Pair(source: source, replica: replica, region: try #require(SiloNumber(7)))
        try await KindStore.prepare(pair.sources, on: source)
        try await KindStore.prepare(pair.sinks, on: replica)
        try await body(pair)
      }
    }
  }

  @Test("pointers that wait are still sequenced, and changes are captured by the new functions")
  func pendingSurvives() async throws {
    try await withOldPair { pair in
      try await pair.source.execute(
        "INSERT INTO app.item (id, n) SELECT gen_random_uuid(), g FROM generate_series(1, 20) AS g")
      // Also pointers in another of the four tables, and some that have a position already.
      try await pair.source.execute("SELECT setval('outbox.pending_seq', 131072)")
      try await pair.settle()
      try await pair.source.execute("UPDATE app.item SET name = 'before'")
      let waiting = try await pair.pending()
      try await Pair.outbox.migrate(pair.source)
      #expect(try await pair.pending() == waiting)
      try await pair.source.execute("UPDATE app.item SET name = 'after' WHERE n < 5")
      try await pair.source.execute("DELETE FROM app.item WHERE n = 20")
      try await pair.settle()
      let contents = try await pair.contents()
      #expect(contents.replica == contents.source)
      #expect(contents.replica.count == 19)
    }
  }

  @Test("the service keeps its rights: it reads the pending pointers and truncates what is behind")
  func rightsSurvive() async throws {
    try await withOldPair { pair in
      let role = "service_\(UUID().uuidString.lowercased().prefix(8))"
      try await pair.source.execute("CREATE ROLE \(identifier: role)")
      try await pair.source.execute("SELECT outbox.grant_roles(\(role)::text::name, \(role)::text::name)")
      try await Pair.outbox.migrate(pair.source)
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
      try await pair.source.withTransaction { connection in
        try await connection.execute("SET LOCAL ROLE \(identifier: role)")
        #expect(try await connection.query("SELECT count(*) FROM outbox.pending").only().decode(Int64.self) == 1)
        try await connection.execute("TRUNCATE outbox.pending_1")
      }
      let refused = await #expect(throws: PostgresError.self) {
        try await pair.source.withTransaction { connection in
          try await connection.execute("SET LOCAL ROLE \(identifier: role)")
          try await connection.execute("INSERT INTO outbox.pending (seq, xid, kind, key) VALUES (1, '1', 1, 'a')")
        }
      }
      #expect(refused?.sqlState == .insufficientPrivilege)
      try await pair.source.execute("DROP OWNED BY \(identifier: role)")
      try await pair.source.execute("DROP ROLE \(identifier: role)")
    }
  }
}
