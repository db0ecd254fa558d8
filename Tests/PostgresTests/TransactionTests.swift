import Postgres
import TestSupport
import Testing

@Suite struct TransactionTests {
  struct Refused: Error, Equatable {}

  private func count(_ client: PostgresClient) async throws -> Int {
    try await client.query("SELECT count(*) FROM t").only().decode(Int.self)
  }

  @Test("a transaction commits what its body did and returns its value")
  func commits() async throws {
    try await withTestDatabase { client in
      try await client.execute("CREATE TABLE t (a int8)")
      let value = try await client.withTransaction { connection in
        try await connection.execute("INSERT INTO t VALUES (1)")
        return 7
      }
      let rows = try await count(client)
      #expect(value == 7 && rows == 1)
    }
  }

  @Test("a body's own error is rethrown after the rollback, also when a statement failed")
  func rollsBack() async throws {
    try await withTestDatabase { client in
      try await client.execute("CREATE TABLE t (a int8)")
      await #expect(throws: Refused()) {
        try await client.withTransaction { connection in
          try await connection.execute("INSERT INTO t VALUES (1)")
          throw Refused()
        }
      }
      let division = await #expect(throws: PostgresError.self) {
        try await client.withTransaction { connection in
          try await connection.execute("INSERT INTO t VALUES (1)")
          try await connection.query("SELECT 1/0")
        }
      }
      #expect(division?.sqlState?.rawValue == "22012")
      let rows = try await count(client)
      #expect(rows == 0 && client.poolCounts.open == client.poolCounts.idle)
    }
  }

  @Test("a body that swallows a failed statement does not seem to have committed")
  func swallowedFailure() async throws {
    try await withTestDatabase { client in
      try await client.execute("CREATE TABLE t (a int8)")
      let error = await #expect(throws: PostgresError.self) {
        try await client.withTransaction { connection in
          try await connection.execute("INSERT INTO t VALUES (1)")
          do {
            try await connection.query("SELECT 1/0")
          } catch is PostgresError {}
        }
      }
      let rows = try await count(client)
      #expect(error?.code == .transactionAborted && rows == 0)
    }
  }

  @Test("a nested transaction is a savepoint: its failure undoes only its own part")
  func savepoints() async throws {
    try await withTestDatabase { client in
      try await client.execute("CREATE TABLE t (a int8)")
      try await client.withTransaction { outer in
        try await outer.execute("INSERT INTO t VALUES (1)")
        await #expect(throws: PostgresError.self) {
          try await outer.withTransaction { inner in
            try await inner.execute("INSERT INTO t VALUES (2)")
            try await inner.withTransaction { try await $0.execute("INSERT INTO t VALUES (3)") }
            try await inner.query("SELECT 1/0")
          }
        }
        try await outer.withTransaction { try await $0.execute("INSERT INTO t VALUES (4)") }
      }
      let values = try await client.query("SELECT a FROM t ORDER BY a").decode(Int.self)
      #expect(values == [1, 4])
    }
  }

  @Test("isolation and read-only are what was asked for, and a nested transaction cannot raise them")
  func options() async throws {
    try await withTestDatabase { client in
      let shown: SQL = "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')"
      let (isolation, readOnly) = try await client.withTransaction(.repeatableRead(readOnly: true)) {
        try await $0.query(shown).only().decode((String, String).self)
      }
      #expect(isolation == "repeatable read" && readOnly == "on")
      let write = await #expect(throws: PostgresError.self) {
        try await client.withTransaction(.readCommitted(readOnly: true)) { try await $0.execute("CREATE TABLE x ()") }
      }
      #expect(write?.sqlState == .readOnlyTransaction)
      let raised = await #expect(throws: PostgresError.self) {
        try await client.withTransaction { outer in try await outer.withTransaction(.serializable) { _ in } }
      }
      #expect(raised?.code == .misuse)
    }
  }

  @Test("a deferred constraint that fails at commit is the server's plain refusal")
  func deferredConstraint() async throws {
    try await withTestDatabase { client in
      try await client.execute("CREATE TABLE t (a int8 UNIQUE DEFERRABLE INITIALLY DEFERRED)")
      let error = await #expect(throws: PostgresError.self) {
        try await client.withTransaction { try await $0.execute("INSERT INTO t VALUES (1), (1)") }
      }
      let rows = try await count(client)
      #expect(error?.code == .server(.uniqueViolation) && rows == 0)
    }
  }

  @Test("a backend that dies at commit leaves an unknown outcome, said by its own code")
  func unknownCommit() async throws {
    try await withTestDatabase { client in
      // The deferred trigger runs inside COMMIT and ends its own backend there.
      try await client.withConnection {
        try await $0.runScript(
          """
          CREATE TABLE t (a int8);
          CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
          CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION die();
          """)
      }
      let error = await #expect(throws: PostgresError.self) {
        try await client.withTransaction { try await $0.execute("INSERT INTO t VALUES (1)") }
      }
      #expect(error?.code == .commitOutcomeUnknown && error?.sqlState == .adminShutdown)
      let rows = try await count(client)
      #expect(rows == 0)
    }
  }

  @Test("a connection that dies inside a transaction is an error of the server and is not lent again")
  func killedBackend() async throws {
    try await withTestDatabase { client in
      let error = await #expect(throws: PostgresError.self) {
        try await client.withTransaction { connection in
          try await connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
          try await connection.query("SELECT 1")
        }
      }
      #expect(error?.sqlState == .adminShutdown || error?.code == .connection)
      for _ in 0..<3 { try await client.query("SELECT 1") }
      #expect(client.poolCounts.open == 1)
    }
  }
}
