import FoundationEssentials
import Logging
import Outbox
import Postgres
import SyncProtocol
import TestSupport
import Testing

@Suite("Decoded commits wake the sequencer, and nothing depends on it", .serialized)
struct DecodingDoorbellTests {
  private static let limit = DoorbellListener.limit

  @Test("with the poll as good as off each commit is sequenced at once")
  func rings() async throws {
    try await Pair.with { pair in
      let listener = DoorbellListener(pair)
      try await listener.running {
        await listener.until(true)
        for _ in 0..<20 { try await listener.change() }
        #expect(listener.decoding.state == .listening)
      }
      #expect(listener.decoding.state == .off)
    }
  }

  @Test("the slot is temporary: when the sequencer stops nothing holds the server's log back")
  func temporarySlot() async throws {
    try await Pair.with { pair in
      let listener = DoorbellListener(pair)
      let slots: SQL = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"
      try await listener.running {
        await listener.until(true)
        #expect(try await pair.source.query(slots).only().decode(Int64.self) == 1)
        let temporary = try await pair.source.query(
          "SELECT bool_and(temporary) FROM pg_replication_slots WHERE database = current_database()")
        #expect(try temporary.only().decode(Bool.self))
      }
      // The backend ends when it notices that its client is gone.
      try await pair.source.execute(
        "SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots WHERE database = current_database()")
      #expect(try await pair.source.query(slots).only().decode(Int64.self) == 0)
    }
  }

  @Test("a stream that is cut falls back to the poll and is taken up again")
  func cut() async throws {
    try await Pair.with { pair in
      let listener = DoorbellListener(pair)
      try await listener.running {
        await listener.until(true)
        for _ in 0..<3 {
          let rings = listener.changed.rings
          try await pair.source.execute(
            """
            SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots
            WHERE database = current_database()
            """)
          _ = await listener.changed.wait(beyond: rings, limit: Self.limit)
          try await listener.change()
          await listener.until(true)
          try await listener.change()
        }
      }
    }
  }

  @Test("without the publication or the right to replicate the poll does it, and the reason is shown")
  func obstacles() async throws {
    try await Pair.with { pair in
      try await pair.source.execute("DROP PUBLICATION atoll_pending")
      let listener = DoorbellListener(pair)
      try await listener.running {
        try await listener.change()
        while listener.decoding.state != .polling(.publication) { try await listener.change() }
        try await pair.source.execute(
          "CREATE PUBLICATION atoll_pending FOR TABLE outbox.pending WITH (publish = 'insert')")
        await listener.until(true)
        try await listener.change()
      }
    }
  }

  @Test("a service role without REPLICATION polls")
  func noRight() async throws {
    try await Pair.with { pair in
      let role = "service_\(UUID().uuidString.lowercased().prefix(8))"
      try await pair.source.withConnection {
        try await $0.runScript(
          """
          CREATE ROLE \(role) LOGIN; SELECT outbox.grant_roles('\(role)', '\(role)');
          GRANT USAGE ON SCHEMA app TO \(role); GRANT SELECT, INSERT ON app.item TO \(role);
          """)
      }
      var configuration = pair.source.configuration
      configuration.user = role
      let client = PostgresClient(
        configuration: configuration, pool: PoolLimits(maximumConnections: 4), logger: pair.logger)
      defer { client.shutdown() }
      let listener = DoorbellListener(Pair(source: client, replica: pair.replica, region: pair.region))
      try await listener.running {
        while listener.decoding.state != .polling(.right) { try await listener.change() }
        try await listener.change()
      }
      client.shutdown()
      try await pair.source.withConnection { try await $0.runScript("DROP OWNED BY \(role); DROP ROLE \(role)") }
    }
  }

  @Test("a server with wal_level replica polls; restarted as logical it is listened to")
  func walLevel() async throws {
    let directory = "/tmp/atoll-doorbell-\(UUID().uuidString.prefix(8))"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    func start(_ level: String) async throws -> EmbeddedServer {
      try await EmbeddedServer.start(
        directory: directory,
        options: EmbeddedServer.Options(
          authentication: .trust, settings: ["wal_level": level, "fsync": "off", "shared_buffers": "16MB"]))
    }
    let first = try await start("replica")
    try await first.ensureDatabase("source")
    let client = PostgresClient(
      configuration: first.configuration(database: "source"), pool: PoolLimits(maximumConnections: 4),
      logger: Logger(label: "test.doorbell"))
    for migrator in [Pair.outbox, Pair.sourceTables] { try await migrator.migrate(client) }
    let pair = Pair(source: client, replica: client, region: try #require(SiloNumber(7)))
    try await KindStore.prepare(pair.sources, on: client)
    let listener = DoorbellListener(pair)
    try await listener.running {
      while listener.decoding.state != .polling(.walLevel) { try await listener.change() }
      try await listener.change()
      await first.stop()
      let second = try await start("logical")
      await listener.until(true)
      try await listener.change()
      // Once more under its feet, crashing.
      let rings = listener.changed.rings
      await second.crash()
      _ = await listener.changed.wait(beyond: rings, limit: Self.limit)
      let third = try await start("logical")
      await listener.until(true)
      try await listener.change()
      client.shutdown()
      await third.stop()
    }
  }

  @Test("with a synchronous standby a commit is decoded before anybody sees it, and still found when it can be seen")
  func synchronousStandby() async throws {
    let directory = "/tmp/atoll-doorbell-\(UUID().uuidString.prefix(8))"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let server = try await EmbeddedServer.start(
      directory: directory,
      options: EmbeddedServer.Options(
        authentication: .trust, settings: ["wal_level": "logical", "fsync": "off", "shared_buffers": "16MB"]))
    try await server.ensureDatabase("source")
    let client = PostgresClient(
      configuration: server.configuration(database: "source"), pool: PoolLimits(maximumConnections: 6),
      logger: Logger(label: "test.doorbell"))
    for migrator in [Pair.outbox, Pair.sourceTables] { try await migrator.migrate(client) }
    let pair = Pair(source: client, replica: client, region: try #require(SiloNumber(7)))
    try await KindStore.prepare(pair.sources, on: client)
    let listener = DoorbellListener(pair)
    try await listener.running {
      await listener.until(true)
      try await listener.change()
      // No such standby is connected, so every commit waits from here on.
      try await client.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
      try await client.execute("SELECT pg_reload_conf()")
      try await settled("nobody", client)
      let heads = pair.head.rings
      let rings = pair.doorbell.rings
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.execute("INSERT INTO app.item (id, name) VALUES (gen_random_uuid(), 'late')") }
        #expect(await pair.doorbell.wait(beyond: rings, limit: Self.limit))
        let seen = try await client.query("SELECT count(*) FROM app.item WHERE name = 'late'")
        #expect(try seen.only().decode(Int64.self) == 0)
        // It looked at once and found nothing. Nobody rings again; the slow poll is an hour away.
        #expect(pair.head.rings == heads)
        try await client.execute("ALTER SYSTEM RESET synchronous_standby_names")
        try await client.execute("SELECT pg_reload_conf()")
        try await group.waitForAll()
      }
      #expect(await pair.head.wait(beyond: heads, limit: Self.limit))
      #expect(pair.doorbell.rings == rings + 1)
    }
    client.shutdown()
    await server.stop()
  }

  /// Waits until the server's processes know the setting: a commit of another database's session is seen to wait for the standby.
  private func settled(_ standby: String, _ client: PostgresClient) async throws {
    let isWaiting: SQL = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')"
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        // Each commit before that is one more try.
        while !Task.isCancelled { try await client.execute("SELECT pg_current_xact_id()") }
      }
      while try await !client.query(isWaiting).only().decode(Bool.self) {}
      group.cancelAll()
      do { try await group.waitForAll() } catch is CancellationError {}
    }
  }
}
