import Postgres
import TestSupport
import Testing

@Suite struct CancellationTests {
  /// Waits until a session of the database runs `fragment`, so that cancelling hits the statement itself.
  private func awaitStatement(_ fragment: String, in database: String) async throws {
    let administrator = try await PostgresTestServer.shared.administrator()
    while true {
      let rows = try await administrator.query(
        """
        SELECT 1 FROM pg_stat_activity
        WHERE datname = \(database) AND state = 'active' AND query LIKE \("%" + fragment + "%")
        """)
      if !rows.isEmpty { return }
      await Task.yield()
    }
  }

  private func runningStatements(in database: String) async throws -> Int {
    let administrator = try await PostgresTestServer.shared.administrator()
    return try await administrator.query(
      "SELECT count(*) FROM pg_stat_activity WHERE datname = \(database) AND state = 'active'"
    ).only().decode(Int.self)
  }

  @Test("a cancelled task ends its statement on the server, and the connection is not lent again")
  func statement() async throws {
    try await withTestDatabase { client in
      let database = client.configuration.database
      let start = ContinuousClock.now
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.execute("SELECT pg_sleep(60)") }
        try await awaitStatement("pg_sleep", in: database)
        group.cancelAll()
        await #expect(throws: CancellationError.self) { try await group.waitForAll() }
      }
      let running = try await runningStatements(in: database)
      #expect(running == 0 && client.poolCounts.open == 0 && start.duration(to: .now) < .seconds(30))
    }
  }

  @Test("a cancelled transaction is rolled back before the error is rethrown")
  func transaction() async throws {
    try await withTestDatabase { client in
      let database = client.configuration.database
      try await client.execute("CREATE TABLE t (a int8 PRIMARY KEY)")
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await client.withTransaction { connection in
            try await connection.execute("INSERT INTO t VALUES (1)")
            try await connection.execute("SELECT pg_sleep(60)")
          }
        }
        try await awaitStatement("pg_sleep", in: database)
        group.cancelAll()
        await #expect(throws: CancellationError.self) { try await group.waitForAll() }
      }
      // The row's lock is gone: the same key can be inserted at once.
      try await client.execute("INSERT INTO t VALUES (1)")
    }
  }

  @Test("a task that is cancelled between two statements rolls back and sends nothing more")
  func betweenStatements() async throws {
    try await withTestDatabase { client in
      try await client.execute("CREATE TABLE t (a int8)")
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await client.withTransaction { connection in
            try await connection.execute("INSERT INTO t VALUES (1)")
            withUnsafeCurrentTask { $0?.cancel() }
            try await connection.execute("INSERT INTO t VALUES (2)")
          }
        }
        await #expect(throws: CancellationError.self) { try await group.waitForAll() }
      }
      let rows = try await client.query("SELECT a FROM t")
      #expect(rows.isEmpty)
    }
  }

  @Test("a cancelled pipeline is drained and its connection dropped")
  func pipeline() async throws {
    try await withTestDatabase { client in
      let database = client.configuration.database
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let _: Int = try await client.withConnection { connection in
            try await connection.pipeline { pipeline in
              pipeline.add("SELECT 1")
              pipeline.add("SELECT pg_sleep(60)")
              pipeline.add("SELECT 2")
            }.count
          }
        }
        try await awaitStatement("pg_sleep", in: database)
        group.cancelAll()
        await #expect(throws: CancellationError.self) { try await group.waitForAll() }
      }
      let running = try await runningStatements(in: database)
      #expect(running == 0 && client.poolCounts.open == 0)
    }
  }

  @Test("a statement time-out of the server is the server's error and leaves the connection usable")
  func serverTimeout() async throws {
    try await withTestDatabase { client in
      try await client.withConnection { connection in
        try await connection.runScript("SET statement_timeout = '20ms'")
        let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT pg_sleep(60)") }
        #expect(error?.sqlState == .queryCanceled)
        try await connection.query("SELECT 1")
        try connection.discardAfterUse()
      }
    }
  }
}
