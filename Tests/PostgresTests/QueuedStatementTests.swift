import Postgres
import TestSupport
import Testing

@Suite struct QueuedStatementTests {
  struct Refused: Error, Equatable {}

  private func values(_ client: PostgresClient) async throws -> [Int] {
    try await client.query("SELECT a FROM t ORDER BY a").decode(Int.self)
  }

  private func withTable(_ body: (PostgresClient) async throws -> Void) async throws {
    try await withTestDatabase { client in
      try await client.execute("CREATE TABLE t (a int8 PRIMARY KEY CHECK (a < 100))")
      try await body(client)
    }
  }

  @Test("queued statements run in order, before the next one and with the commit")
  func order() async throws {
    try await withTable { client in
      for round in 0..<3 {
        try await client.withTransaction { connection in
          try await connection.enqueue("INSERT INTO t VALUES (\(round * 10))")
          try await connection.enqueue("UPDATE t SET a = a + 1 WHERE a = \(round * 10)")
          let seen = try await connection.query("SELECT a FROM t WHERE a = \(round * 10 + 1)")
          #expect(seen.count == 1)
          try await connection.enqueue("INSERT INTO t VALUES (\(round * 10 + 2))")
        }
      }
      let found = try await values(client)
      #expect(found == [1, 2, 11, 12, 21, 22])
      #expect(client.poolCounts.open == client.poolCounts.idle)
    }
  }

  @Test("a transaction of queued statements only has its isolation and is one transaction")
  func onlyQueued() async throws {
    try await withTable { client in
      try await client.execute("CREATE TABLE seen (level text, xid xid8)")
      let note: SQL = "INSERT INTO seen SELECT current_setting('transaction_isolation'), pg_current_xact_id()"
      for _ in 0..<3 {
        try await client.withTransaction(.repeatableRead) { connection in
          try await connection.enqueue(note)
          try await connection.enqueue(note)
        }
      }
      let rows = try await client.query("SELECT level, count(*) FROM seen GROUP BY level, xid")
        .decode((String, Int64).self)
      #expect(rows.count == 3 && rows.allSatisfy { $0.0 == "repeatable read" && $0.1 == 2 })
    }
  }

  @Test("a body without a statement does nothing, and one that throws before its first has nothing to undo")
  func empty() async throws {
    try await withTable { client in
      let value = try await client.withTransaction { _ in 5 }
      await #expect(throws: Refused()) { try await client.withTransaction { _ in throw Refused() } }
      await #expect(throws: Refused()) {
        try await client.withTransaction { connection in
          try await connection.enqueue("INSERT INTO t VALUES (1)")
          throw Refused()
        }
      }
      let found = try await values(client)
      #expect(value == 5 && found.isEmpty && client.poolCounts.open == 1)
    }
  }

  @Test("an error in the middle of what goes with a statement is thrown there, and the whole is undone")
  func errorBeforeStatement() async throws {
    try await withTable { client in
      for _ in 0..<3 {
        let error = await #expect(throws: PostgresError.self) {
          try await client.withTransaction { connection in
            try await connection.enqueue("INSERT INTO t VALUES (\(1))")
            try await connection.enqueue("INSERT INTO t VALUES (\(1))")
            try await connection.enqueue("INSERT INTO t VALUES (\(2))")
            try await connection.query("SELECT 1")
          }
        }
        #expect(error?.sqlState == .uniqueViolation)
      }
      let found = try await values(client)
      #expect(found.isEmpty && client.poolCounts.open == 1)
    }
  }

  @Test("an error in what goes with the commit is the statement's own and known to be no commit")
  func errorAtCommit() async throws {
    try await withTable { client in
      for _ in 0..<3 {
        let error = await #expect(throws: PostgresError.self) {
          try await client.withTransaction { connection in
            try await connection.execute("INSERT INTO t VALUES (\(1))")
            try await connection.enqueue("INSERT INTO t VALUES (\(100))")
            try await connection.enqueue("INSERT INTO t VALUES (\(2))")
          }
        }
        #expect(error?.code == .server(.checkViolation))
      }
      let found = try await values(client)
      #expect(found.isEmpty && client.poolCounts.open == 1 && client.poolCounts.idle == 1)
    }
  }

  @Test("a swallowed error of a queued statement does not seem to have committed")
  func swallowed() async throws {
    try await withTable { client in
      let error = await #expect(throws: PostgresError.self) {
        try await client.withTransaction { connection in
          try await connection.enqueue("SELECT 1/0")
          do { try await connection.execute("INSERT INTO t VALUES (1)") } catch is PostgresError {}
        }
      }
      #expect(error?.code == .transactionAborted)
      let doomed = await #expect(throws: PostgresError.self) {
        try await client.withTransaction { connection in
          try await connection.enqueue("INSERT INTO t VALUES (1)") { _ in throw Refused() }
          do { try await connection.query("SELECT 1") } catch is Refused {}
        }
      }
      #expect(doomed?.code == .transactionAborted)
      let found = try await values(client)
      #expect(found.isEmpty)
    }
  }

  @Test("a refused statement leaves the body in its transaction: what follows does not commit by itself")
  func refusedBeforeSending() async throws {
    try await withTable { client in
      await #expect(throws: Refused()) {
        try await client.withTransaction { connection in
          await #expect(throws: PostgresError.self) { try await connection.query(SQL(raw: "SELECT '\0'")) }
          try await connection.execute("INSERT INTO t VALUES (1)")
          throw Refused()
        }
      }
      let found = try await values(client)
      #expect(found.isEmpty)
    }
  }

  @Test("a result is looked at before the transaction commits")
  func verify() async throws {
    try await withTable { client in
      try await client.execute("INSERT INTO t VALUES (1)")
      func move(from: Int, to: Int) async throws {
        try await client.withTransaction { connection in
          try await connection.enqueue("UPDATE t SET a = \(to) WHERE a = \(from)") { rows in
            guard rows.affected == 1 else { throw Refused() }
          }
        }
      }
      try await move(from: 1, to: 2)
      await #expect(throws: Refused()) { try await move(from: 1, to: 3) }
      await #expect(throws: Refused()) {
        try await client.withTransaction { connection in
          try await connection.enqueue("UPDATE t SET a = 9 WHERE a = 8") { rows in
            guard rows.affected == 1 else { throw Refused() }
          }
          try await connection.execute("INSERT INTO t VALUES (50)")
        }
      }
      let found = try await values(client)
      #expect(found == [2])
    }
  }

  @Test("a savepoint's failure does not take the blame for what was queued before it")
  func savepoints() async throws {
    try await withTable { client in
      try await client.withTransaction { connection in
        try await connection.enqueue("INSERT INTO t VALUES (1)")
        await #expect(throws: PostgresError.self) {
          try await connection.withTransaction { inner in
            try await inner.enqueue("INSERT INTO t VALUES (2)")
            try await inner.enqueue("INSERT INTO t VALUES (100)")
          }
        }
        try await connection.withTransaction { try await $0.enqueue("INSERT INTO t VALUES (3)") }
      }
      let found = try await values(client)
      #expect(found == [1, 3])
      var didRun = false
      let error = await #expect(throws: PostgresError.self) {
        try await client.withTransaction { connection in
          try await connection.enqueue("INSERT INTO t VALUES (3)")
          try await connection.withTransaction { _ in didRun = true }
        }
      }
      #expect(error?.sqlState == .uniqueViolation && !didRun)
    }
  }

  @Test("queued statements go before a pipeline, a script and a copy, and outside a transaction they are refused")
  func otherExchanges() async throws {
    try await withTable { client in
      let misuse = await #expect(throws: PostgresError.self) {
        try await client.withConnection { try await $0.enqueue("SELECT 1") }
      }
      #expect(misuse?.code == .misuse)
      try await client.withTransaction { connection in
        try await connection.enqueue("INSERT INTO t VALUES (1)")
        let results = try await connection.pipeline { pipeline in
          pipeline.add("SELECT a FROM t")
          pipeline.add("SELECT 7::int8")
        }
        #expect(results.count == 2)
        #expect(try results[0].decode(Int.self) == [1] && results[1].decode(Int.self) == [7])
        try await connection.enqueue("INSERT INTO t VALUES (2)")
        try await connection.runScript("INSERT INTO t SELECT a + 10 FROM t; INSERT INTO t SELECT 90")
        try await connection.enqueue("INSERT INTO t VALUES (30)")
        try await connection.copyIn(into: ["t"], columns: ["a"]) { try await $0.row(Int64(40)) }
        for value in 0..<250 { try await connection.enqueue("SELECT \(value)") }
      }
      let found = try await values(client)
      #expect(found == [1, 2, 11, 12, 30, 40, 90])
    }
  }

  @Test("a cancelled task ends what it waits for and undoes what was queued")
  func cancellation() async throws {
    try await withTable { client in
      let started = ContinuousClock.now
      await #expect(throws: CancellationError.self) {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            try await client.withTransaction { connection in
              try await connection.enqueue("INSERT INTO t VALUES (1)")
              try await connection.query("SELECT pg_sleep(60)")
            }
          }
          while try await client.query("SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'").isEmpty {
            await Task.yield()
          }
          group.cancelAll()
          try await group.waitForAll()
        }
      }
      let found = try await values(client)
      #expect(found.isEmpty && started.duration(to: .now) < .seconds(30))
    }
  }

  @Test("a connection lost before the commit was sent is an error, one lost with it leaves the outcome unknown")
  func lostConnection() async throws {
    try await withTable { client in
      let before = await #expect(throws: PostgresError.self) {
        try await client.withTransaction { connection in
          try await connection.enqueue("SELECT pg_terminate_backend(pg_backend_pid())")
          try await connection.query("SELECT 1")
        }
      }
      #expect(before?.code == .connection || before?.sqlState == .adminShutdown)
      #expect(before?.code != .commitOutcomeUnknown)
      let with = await #expect(throws: PostgresError.self) {
        try await client.withTransaction { connection in
          try await connection.execute("INSERT INTO t VALUES (1)")
          try await connection.enqueue("SELECT pg_terminate_backend(pg_backend_pid())")
        }
      }
      #expect(with?.code == .commitOutcomeUnknown)
      let found = try await values(client)
      #expect(found.isEmpty && client.poolCounts.open == client.poolCounts.idle)
    }
  }

  @Test("a plan that a change of the schema made stale fails once and not for ever")
  func stalePlan() async throws {
    try await withTable { client in
      func read() async throws {
        try await client.withTransaction { _ = try await $0.query("SELECT * FROM t WHERE a > \(0)") }
      }
      for _ in 0..<3 { try await read() }
      try await client.execute("ALTER TABLE t ADD COLUMN b text")
      let error = await #expect(throws: PostgresError.self) { try await read() }
      #expect(error?.sqlState == .featureNotSupported)
      for _ in 0..<3 { try await read() }
    }
  }
}
