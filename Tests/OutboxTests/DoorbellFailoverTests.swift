import FoundationEssentials
import Logging
import Outbox
import Postgres
import SyncProtocol
import TestSupport
import Testing

@Suite("The doorbell and a primary that is lost", .serialized)
struct DoorbellFailoverTests {
  private static let standby = "one"
  private static let settings = ["wal_level": "logical", "fsync": "off", "shared_buffers": "16MB"]
  private static let slots: SQL =
    "SELECT count(*) FROM pg_replication_slots WHERE slot_name LIKE 'atoll\\_doorbell\\_%'"

  /// A primary with a standby, and a client that takes whichever accepts writes.
  private struct Servers {
    let primary: EmbeddedServer
    let standby: EmbeddedServer
    let client: PostgresClient

    static func start(in root: String) async throws -> Servers {
      let options = EmbeddedServer.Options(authentication: .trust, settings: DoorbellFailoverTests.settings)
      let primary = try await EmbeddedServer.start(directory: "\(root)/primary", options: options)
      try await primary.ensureDatabase("source")
      try await ServerCopies.base(
        of: primary, to: "\(root)/standby", standby: true, name: DoorbellFailoverTests.standby)
      let standby = try await EmbeddedServer.start(directory: "\(root)/standby", options: options)
      var configuration = primary.configuration(database: "source")
      configuration.hosts += standby.configuration().hosts
      configuration.targetSession = .readWrite
      let client = PostgresClient(
        configuration: configuration, pool: PoolLimits(maximumConnections: 6), logger: Logger(label: "test.doorbell"))
      return Servers(primary: primary, standby: standby, client: client)
    }

    /// No commit is confirmed before the standby has it.
    func synchronize() async throws {
      try await client.execute("ALTER SYSTEM SET synchronous_standby_names = '\(raw: DoorbellFailoverTests.standby)'")
      try await client.execute("SELECT pg_reload_conf()")
      let isSynchronous: SQL = "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')"
      while try await !client.query(isSynchronous).only().decode(Bool.self) { await Task.yield() }
    }

    /// The primary dies, the standby takes its place and waits for nobody.
    func failOver() async throws {
      await primary.crash()
      try await ServerPrograms.promote(standby)
      let promoted = PostgresClient(configuration: standby.configuration(), logger: Logger(label: "test.doorbell"))
      defer { promoted.shutdown() }
      try await promoted.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
      try await promoted.execute("SELECT pg_reload_conf()")
    }

    func stop() async {
      client.shutdown()
      await standby.stop()
      await primary.stop()
    }
  }

  @Test("the promoted standby has no slot: it is polled at once, shown as not listened to, and listened to again")
  func failover() async throws {
    let root = "/tmp/atoll-doorbell-\(UUID().uuidString.prefix(8))"
    defer { try? FileManager.default.removeItem(atPath: root) }
    let servers = try await Servers.start(in: root)
    do {
      for migrator in [Pair.outbox, Pair.sourceTables] { try await migrator.migrate(servers.client) }
      try await servers.synchronize()
      let pair = Pair(source: servers.client, replica: servers.client, region: try #require(SiloNumber(7)))
      try await KindStore.prepare(pair.sources, on: pair.source)
      let listener = DoorbellListener(pair)
      try await listener.running { try await Self.run(listener, servers) }
      #expect(listener.observed == [true, false, true, false])
    } catch {
      await servers.stop()
      throw error
    }
    await servers.stop()
  }

  private static func run(_ listener: DoorbellListener, _ servers: Servers) async throws {
    let client = servers.client
    await listener.until(true)
    try await listener.change()
    #expect(try await client.query(slots).only().decode(Int64.self) == 1)
    // So that it cannot listen to the promoted one before this test has seen that the poll does it.
    try await client.execute("DROP PUBLICATION atoll_pending")
    try await servers.failOver()
    await listener.until("polling") { $0 == .polling(.publication) }
    // The poll has its usual pace: a listener's would be an hour.
    for _ in 0..<3 { try await listener.change() }
    #expect(try await client.query(slots).only().decode(Int64.self) == 0, "slots do not move with a failover")
    try await client.execute("CREATE PUBLICATION atoll_pending FOR TABLE outbox.pending WITH (publish = 'insert')")
    await listener.until(true)
    #expect(try await client.query(slots).only().decode(Int64.self) == 1)
    // With the poll as good as off.
    for _ in 0..<10 { try await listener.change() }
    #expect(listener.decoding.state == .listening)
    let epochs = try await client.query("SELECT cause FROM outbox.epoch ORDER BY ordinal").decode(String.self)
    #expect(epochs == ["first", "timeline"])
  }
}
