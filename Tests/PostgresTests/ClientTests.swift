import FoundationEssentials
import Logging
import Postgres
import TestSupport
import Testing

@Suite struct ClientTests {
  @Test("a hundred users at once share a few connections, and each sees only its own transaction")
  func hundredUsers() async throws {
    try await withTestDatabase(pool: PoolLimits(maximumConnections: 5, waitTimeout: .seconds(60))) { client in
      try await client.execute("CREATE TABLE t (who int8, step int8)")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for user in 0..<100 {
          group.addTask {
            for step in 0..<3 {
              try await client.withTransaction { connection in
                try await connection.execute("INSERT INTO t VALUES (\(user), \(step))")
                let mine = try await connection.query("SELECT count(*) FROM t WHERE who = \(user)").only()
                #expect(try mine.decode(Int.self) == step + 1)
              }
            }
          }
        }
        try await group.waitForAll()
      }
      let total = try await client.query("SELECT count(*) FROM t").only().decode(Int.self)
      #expect(total == 300 && client.poolCounts.open <= 5 && client.poolCounts.waiting == 0)
    }
  }

  @Test("a caller that finds no free connection in time gets its own code, and the pool goes on")
  func exhaustion() async throws {
    let limits = PoolLimits(maximumConnections: 1, maximumWaiters: 1, waitTimeout: .milliseconds(50))
    try await withTestDatabase(pool: limits) { client in
      try await client.withConnection { _ in
        let late = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
        #expect(late?.code == .poolExhausted)
      }
      try await client.query("SELECT 1")
      #expect(client.poolCounts == (1, 1, 0))
    }
  }

  @Test("a cancelled caller leaves the queue at once")
  func cancelledWaiter() async throws {
    try await withTestDatabase(pool: PoolLimits(maximumConnections: 1, waitTimeout: .seconds(60))) { client in
      try await client.withConnection { _ in
        await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await client.execute("SELECT 1") }
          while client.poolCounts.waiting == 0 { await Task.yield() }
          group.cancelAll()
          await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
        #expect(client.poolCounts.waiting == 0)
      }
    }
  }

  @Test("a connection left inside a transaction, changed or listening is not lent again")
  func uncleanConnections() async throws {
    try await withTestDatabase(pool: PoolLimits(maximumConnections: 1, waitTimeout: .seconds(60))) { client in
      let first = try await client.withConnection { connection in
        try await connection.runScript("BEGIN")
        return connection.serverProcessID
      }
      let second = try await client.withConnection { connection in
        try await connection.listen("channel")
        return connection.serverProcessID
      }
      let third = try await client.withConnection { connection in
        try connection.discardAfterUse()
        return connection.serverProcessID
      }
      let (fourth, fifth) = (
        try await client.withConnection { $0.serverProcessID }, try await client.withConnection { $0.serverProcessID }
      )
      #expect(Set([first, second, third, fourth]).count == 4 && fourth == fifth)
    }
  }

  @Test("a connection kept beyond its closure is refused")
  func escapedLease() async throws {
    try await withTestDatabase { client in
      let kept = try await client.withConnection { $0 }
      let error = await #expect(throws: PostgresError.self) { try await kept.query("SELECT 1") }
      #expect(error?.code == .misuse)
    }
  }

  @Test("an idle connection that the server ended is replaced without anybody noticing")
  func endedWhileIdle() async throws {
    try await withTestDatabase { client in
      let pid = try await client.withConnection { $0.serverProcessID }
      let administrator = try await PostgresTestServer.shared.administrator()
      let ended = try await administrator.query("SELECT pg_terminate_backend(\(pid), 10000)").only().decode(Bool.self)
      let other = try await client.withConnection { $0.serverProcessID }
      #expect(ended && other != pid)
    }
  }

  @Test("a pool that is shut down refuses new callers and those that wait")
  func shutdown() async throws {
    try await withTestDatabase(pool: PoolLimits(maximumConnections: 1, waitTimeout: .seconds(60))) { client in
      try await client.withConnection { _ in
        await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await client.execute("SELECT 1") }
          while client.poolCounts.waiting == 0 { await Task.yield() }
          client.shutdown()
          let waiting = await #expect(throws: PostgresError.self) { try await group.waitForAll() }
          #expect(waiting?.code == .poolClosed)
        }
      }
      let late = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
      #expect(late?.code == .poolClosed && client.poolCounts.open == 0)
    }
  }

  @Test("running the client ends with its task and closes the pool")
  func running() async throws {
    try await withTestDatabase { client in
      try await client.query("SELECT 1")
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        group.cancelAll()
        try await group.waitForAll()
      }
      #expect(client.poolCounts.open == 0)
    }
  }

  @Test("the first of several hosts that accepts writes is used, dead ones are passed over")
  func severalHosts() async throws {
    let server = try await PostgresTestServer.shared.server()
    var configuration = server.loopbackConfiguration()
    configuration.hosts.insert(.init("127.0.0.1", port: 1), at: 0)
    configuration.hosts.insert(.init("/nonexistent", port: 5432), at: 1)
    configuration.targetSession = .readWrite
    let client = PostgresClient(configuration: configuration, logger: Logger(label: "test"))
    defer { client.shutdown() }
    let port = try await client.query("SELECT inet_server_port()").only().decode(Int.self)
    #expect(port == server.port)
    configuration.targetSession = .standby
    let standby = PostgresClient(configuration: configuration, logger: Logger(label: "test"))
    let none = await #expect(throws: PostgresError.self) { try await standby.query("SELECT 1") }
    #expect(none?.code == .connection)
  }

  @Test("an unreachable server, an unknown name and no host at all are connection and configuration errors")
  func unreachable() async throws {
    for (host, code) in [("127.0.0.1", PostgresError.Code.connection), ("no-such-host.invalid", .connection)] {
      let configuration = PostgresConfiguration(
        hosts: [.init(host, port: 1)], user: "nobody", password: "hunter2", database: "none")
      let client = PostgresClient(configuration: configuration, logger: Logger(label: "test"))
      let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
      #expect(error?.code == code && error.map { "\($0)" }?.contains("hunter2") == false)
    }
    let nowhere = PostgresConfiguration(hosts: [], user: "nobody", database: "none")
    let client = PostgresClient(configuration: nowhere, logger: Logger(label: "test"))
    let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
    #expect(error?.code == .configuration)
  }
}
