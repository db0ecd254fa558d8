import Postgres
import TestSupport
import Testing

@Suite struct MigratorTests {
  private let first = Migration(
    version: 1, name: "first", sql: "CREATE TABLE shop.a (x int8); INSERT INTO shop.a VALUES (1)")
  private let second = Migration(version: 2, name: "second", sql: "ALTER TABLE shop.a ADD y int8")

  private func migrator(_ migrations: Migration...) -> Migrator { Migrator(schema: "shop", migrations: migrations) }

  @Test("what is missing is applied once and in order")
  func applies() async throws {
    try await withTestDatabase { client in
      let before = try await migrator(first).version(client)
      let one = try await migrator(first).migrate(client)
      let two = try await migrator(first, second).migrate(client)
      let again = try await migrator(first, second).migrate(client)
      let after = try await migrator(first, second).version(client)
      #expect(before == 0 && one.applied == [1] && two.applied == [2] && again.applied == [] && after == 2)
      let names = try await client.query("SELECT name FROM shop.migration ORDER BY version").decode(String.self)
      #expect(names == ["first", "second"])
    }
  }

  @Test("a database newer than the code is an error of its own, and so is a migration that was edited")
  func mismatches() async throws {
    try await withTestDatabase { client in
      try await migrator(first, second).migrate(client)
      let newer = await #expect(throws: PostgresError.self) { try await migrator(first).migrate(client) }
      #expect(newer?.code == .databaseNewerThanCode)
      let asked = await #expect(throws: PostgresError.self) { try await migrator(first).version(client) }
      #expect(asked?.code == .databaseNewerThanCode)
      let edited = Migration(version: 2, name: "second", sql: "ALTER TABLE shop.a ADD z int8")
      let changed = await #expect(throws: PostgresError.self) { try await migrator(first, edited).migrate(client) }
      #expect(changed?.code == .migrationChanged)
    }
  }

  @Test("a list that is out of order or does not match its checksums is refused before anything runs")
  func invalidLists() async throws {
    try await withTestDatabase { client in
      let gap = await #expect(throws: PostgresError.self) { try await migrator(second).migrate(client) }
      let forged = Migration(version: 1, name: "first", sql: "SELECT 1", sha256: first.sha256)
      let checksum = await #expect(throws: PostgresError.self) { try await migrator(forged).migrate(client) }
      #expect(gap?.code == .configuration && checksum?.code == .configuration)
      let schemas = try await client.query("SELECT 1 FROM pg_namespace WHERE nspname = 'shop'")
      #expect(schemas.isEmpty)
    }
  }

  @Test("a migration that fails leaves nothing of itself and everything before it")
  func failure() async throws {
    try await withTestDatabase { client in
      let broken = Migration(version: 2, name: "broken", sql: "CREATE TABLE shop.b (x int8); SELECT 1/0")
      let error = await #expect(throws: PostgresError.self) { try await migrator(first, broken).migrate(client) }
      #expect(error?.sqlState?.rawValue == "22012")
      let version = try await migrator(first).version(client)
      let left = try await client.query("SELECT to_regclass('shop.b') IS NULL").only().decode(Bool.self)
      #expect(version == 1 && left)
    }
  }

  @Test("a migration that ends its own transaction is refused")
  func ownTransaction() async throws {
    try await withTestDatabase { client in
      let committing = Migration(version: 1, name: "commits", sql: "CREATE TABLE shop.b (x int8); COMMIT")
      let error = await #expect(throws: PostgresError.self) { try await migrator(committing).migrate(client) }
      #expect(error?.code == .configuration)
    }
  }

  @Test("several programs that migrate at once apply everything once")
  func concurrency() async throws {
    try await withTestDatabase { client in
      let migrator = migrator(first, second)
      let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
        for _ in 0..<6 { group.addTask { try await migrator.migrate(client).applied } }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      let rows = try await client.query("SELECT x FROM shop.a").decode(Int.self)
      #expect(applied.sorted() == [1, 2] && rows == [1])
    }
  }

  @Test("a database that was copied from a migrated template has the migrations")
  func templates() async throws {
    for _ in 0..<2 {
      try await withTestDatabase(migrations: [migrator(first)]) { client in
        let rows = try await client.query("SELECT x FROM shop.a").decode(Int.self)
        #expect(rows == [1])
        try await client.execute("DELETE FROM shop.a")
      }
    }
  }
}
