import Logging
import Postgres
import TestSupport
import Testing

/// The COMMIT of a read is sent and not waited for.
@Suite struct ReadTransactionTests {
  private let read = TransactionOptions.repeatableRead(readOnly: true)

  private func single(_ client: PostgresClient) -> PostgresClient {
    PostgresClient(
      configuration: client.configuration, pool: PoolLimits(maximumConnections: 1), logger: Logger(label: "test"))
  }

  @Test("the next user of the connection finds it idle, whatever it does first")
  func reuse() async throws {
    try await withTestDatabase { admin in
      try await admin.execute("CREATE TABLE t (a int8)")
      let client = single(admin)
      defer { client.shutdown() }
      for round in 0..<30 {
        let zone = try await client.withTransaction(read) { connection in
          try await connection.enqueue("SELECT set_config('TimeZone', 'Asia/Tokyo', true)")
          return try await connection.query("SELECT current_setting('TimeZone')").only().decode(String.self)
        }
        #expect(zone == "Asia/Tokyo")
        switch round % 3 {
        case 0: try await client.execute("INSERT INTO t VALUES (\(round))")
        case 1: try await client.withTransaction { try await $0.execute("INSERT INTO t VALUES (\(round))") }
        default:
          try await client.withConnection { connection in
            try await connection.runScript("INSERT INTO t VALUES (\(round))")
            let zone = try await connection.query("SELECT current_setting('TimeZone')").only().decode(String.self)
            #expect(zone != "Asia/Tokyo")
          }
        }
      }
      let count = try await client.query("SELECT count(*) FROM t").only().decode(Int.self)
      #expect(count == 30 && client.poolCounts.open == 1 && client.poolCounts.idle == 1)
    }
  }

  @Test("on a connection that goes on being lent, the end is waited for")
  func withinALease() async throws {
    try await withTestDatabase { client in
      try await client.withConnection { connection in
        for _ in 0..<3 { _ = try await connection.withTransaction(read) { try await $0.query("SELECT 1") } }
        try await connection.execute("CREATE TABLE t (a int8)")
      }
    }
  }

  @Test("a failed read is rolled back, and a swallowed failure does not seem to have ended well")
  func failures() async throws {
    try await withTestDatabase { admin in
      let client = single(admin)
      defer { client.shutdown() }
      let refused = await #expect(throws: PostgresError.self) {
        try await client.withTransaction(read) { try await $0.execute("CREATE TABLE t ()") }
      }
      #expect(refused?.sqlState == .readOnlyTransaction)
      let swallowed = await #expect(throws: PostgresError.self) {
        try await client.withTransaction(read) { connection in
          do { try await connection.query("SELECT 1/0") } catch is PostgresError {}
        }
      }
      #expect(swallowed?.code == .transactionAborted)
      let queued = await #expect(throws: PostgresError.self) {
        try await client.withTransaction(read) { connection in
          try await connection.query("SELECT 1")
          try await connection.enqueue("SELECT 1/0")
        }
      }
      #expect(queued?.sqlState?.rawValue == "22012")
      try await client.query("SELECT 1")
      #expect(client.poolCounts.open == 1)
    }
  }

  @Test("a connection that dies behind the end of a read is replaced and not lent")
  func dies() async throws {
    try await withTestDatabase { admin in
      let client = single(admin)
      defer { client.shutdown() }
      for _ in 0..<3 {
        let id = try await client.withTransaction(read) { connection in
          try await connection.query("SELECT 1")
          return connection.serverProcessID
        }
        try await admin.query("SELECT pg_terminate_backend(\(id), 5000)")
        try await client.query("SELECT 1")
      }
    }
  }
}
