import Foundation
import Logging
import Outbox
import Postgres
import SyncProtocol

/// Twelve regions at once, each change of one of them, against twelve logical subscriptions that filter rows; and what regions that a change does not
/// concern cost the primary.
struct RegionFigures {
  let server: EmbeddedServer
  let subscriber: EmbeddedServer
  static let regions = 12
  /// Distinct rows of each measurement.
  static let changes = 60_000

  private struct Run {
    let seconds: Double
    /// Processor seconds of the source's PostgreSQL while the backlog drained.
    let processor: Double
    /// Bytes of WAL from the first change to the last delivery.
    let bytes: Double
  }

  func run() async throws -> [Figure] {
    let logger = Logger(label: "bench")
    let source = try await prepareSource(logger)
    let targets = try await prepareTargets(logger)
    defer { for client in [source] + targets { client.shutdown() } }
    let flow = try await RegionFlow(source: source, targets: targets)
    // The first contact is not what is measured.
    try await flow.running { try await flow.settle() }
    let one = try await ours(flow, source, targets, regions: 1)
    let all = try await ours(flow, source, targets, regions: Self.regions)
    try await subscribe(targets)
    let theirs = try await theirs(source, targets)
    let count = Double(Self.changes)
    return [
      Figure(
        "regions: deliveries, 12 regions at once / 12 logical subscriptions", ours: count / all.seconds,
        baseline: count / theirs.seconds, unit: "rows/s", goal: .atLeast(2)),
      Figure(
        "regions: CPU of the primary per change, 12 regions / one", ours: all.processor / count * 1e6,
        baseline: one.processor / count * 1e6, unit: "us", goal: .atMost(1.5)),
      Figure(
        "regions: WAL per change and delivery, 12 regions / one", ours: all.bytes / count,
        baseline: one.bytes / count, unit: "B", goal: .atMost(1.1)),
    ]
  }

  private func prepareSource(_ logger: Logger) async throws -> PostgresClient {
    try await server.ensureDatabase("bench_regions")
    let source = PostgresClient(configuration: server.configuration(database: "bench_regions"), logger: logger)
    _ = try await Migrator(schema: "outbox", migrations: OutboxMigrations.all).migrate(source)
    try await source.withConnection {
      try await $0.runScript(
        """
        CREATE SEQUENCE ours_id; CREATE SEQUENCE theirs_id;
        CREATE TABLE regional (id bigint PRIMARY KEY DEFAULT nextval('ours_id'), region smallint NOT NULL, value bigint NOT NULL);
        CREATE TABLE theirs (id bigint PRIMARY KEY DEFAULT nextval('theirs_id'), region smallint NOT NULL, value bigint NOT NULL);
        ALTER TABLE theirs REPLICA IDENTITY FULL;
        SELECT outbox.declare_kind('regional', 'int8', 'main', false);
        SELECT outbox.capture('regional', 'regional');
        """)
      for region in 1...Self.regions {
        try await $0.runScript("CREATE PUBLICATION region_\(region) FOR TABLE theirs WHERE (region = \(region))")
      }
    }
    return source
  }

  private func prepareTargets(_ logger: Logger) async throws -> [PostgresClient] {
    var targets: [PostgresClient] = []
    for region in 1...Self.regions {
      try await subscriber.ensureDatabase("bench_region_\(region)")
      let target = PostgresClient(
        configuration: subscriber.configuration(database: "bench_region_\(region)"),
        pool: PoolLimits(maximumConnections: 3), logger: logger)
      _ = try await Migrator(schema: "outbox", migrations: OutboxMigrations.all).migrate(target)
      try await target.withConnection {
        try await $0.runScript(
          """
          CREATE TABLE regional (id bigint PRIMARY KEY, region smallint, value bigint,
            _generation bigint NOT NULL, _epoch integer NOT NULL, _head bigint NOT NULL);
          CREATE TABLE theirs (id bigint PRIMARY KEY, region smallint, value bigint);
          """)
      }
      targets.append(target)
    }
    return targets
  }

  private func subscribe(_ targets: [PostgresClient]) async throws {
    let place = "host=\(server.socketDirectory) port=\(server.port) user=postgres dbname=bench_regions"
    for (index, target) in targets.enumerated() {
      let region = index + 1
      try await target.withConnection {
        try await $0.runScript(
          "CREATE SUBSCRIPTION region_\(region) CONNECTION '\(place)' PUBLICATION region_\(region) WITH (synchronous_commit = 'on', copy_data = false)"
        )
        try await $0.runScript("ALTER SUBSCRIPTION region_\(region) DISABLE")
      }
    }
  }

  /// Fills a backlog for so many regions and drains it into all.
  private func ours(
    _ flow: RegionFlow, _ source: PostgresClient, _ targets: [PostgresClient], regions: Int
  ) async throws -> Run {
    let before = try await Self.rows("regional", targets)
    let start = try await Self.wal(source)
    try await fill("regional", regions: regions)
    let processor = ServerProcessor.seconds(of: server)
    let seconds = try await ContinuousClock().measure {
      try await flow.running {
        while try await Self.rows("regional", targets) < before + Int64(Self.changes) {
          try await Task.sleep(for: .milliseconds(50))
        }
      }
    }.inSeconds
    return Run(
      seconds: seconds, processor: ServerProcessor.seconds(of: server) - processor,
      bytes: try await Self.wal(source) - start)
  }

  private func theirs(_ source: PostgresClient, _ targets: [PostgresClient]) async throws -> Run {
    let start = try await Self.wal(source)
    try await fill("theirs", regions: Self.regions)
    let processor = ServerProcessor.seconds(of: server)
    let seconds = try await ContinuousClock().measure {
      for (index, target) in targets.enumerated() {
        try await target.execute("ALTER SUBSCRIPTION region_\(raw: "\(index + 1)") ENABLE")
      }
      while try await Self.rows("theirs", targets) < Int64(Self.changes) {
        try await Task.sleep(for: .milliseconds(50))
      }
    }.inSeconds
    let run = Run(
      seconds: seconds, processor: ServerProcessor.seconds(of: server) - processor,
      bytes: try await Self.wal(source) - start)
    for (index, target) in targets.enumerated() {
      try await target.withConnection {
        try await $0.runScript("ALTER SUBSCRIPTION region_\(index + 1) DISABLE")
        try await $0.runScript("ALTER SUBSCRIPTION region_\(index + 1) SET (slot_name = NONE)")
        try await $0.runScript("DROP SUBSCRIPTION region_\(index + 1)")
      }
      try await source.execute("SELECT pg_drop_replication_slot(\("region_\(index + 1)"))")
    }
    return run
  }

  /// One row a transaction, 16 writers, spread over so many regions.
  private func fill(_ table: String, regions: Int) async throws {
    let bench = PgBench(server: server, database: "bench_regions")
    _ = try await CaptureFigures.offPool {
      try bench.measure(
        [], clients: 16, each: Self.changes / 16,
        script: "\\set r random(1, \(regions))\nINSERT INTO \(table) (region, value) VALUES (:r, 1);\n")
    }
  }

  private static func rows(_ table: String, _ targets: [PostgresClient]) async throws -> Int64 {
    var total: Int64 = 0
    for target in targets {
      total += try await target.query("SELECT count(*) FROM \(identifier: table)").only().decode(Int64.self)
    }
    return total
  }

  private static func wal(_ source: PostgresClient) async throws -> Double {
    try await source.query("SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8").only().decode(Double.self)
  }
}

/// Processor time of a private PostgreSQL: the postmaster, its children, and those that ended.
enum ServerProcessor {
  static func seconds(of server: EmbeddedServer) -> Double {
    var ids: [String] = []
    do { ids = try FileManager.default.contentsOfDirectory(atPath: "/proc") } catch { return .nan }
    var ticks = 0.0
    for id in ids.compactMap({ Int32($0) }) {
      guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      guard let end = text.lastIndex(of: ")") else { continue }
      let fields = text[text.index(end, offsetBy: 2)...].split(separator: " ")
      let isRoot = id == server.processID
      guard fields.count > 14, isRoot || Int32(fields[1]) == server.processID else { continue }
      for index in isRoot ? 11...14 : 11...12 { ticks += Double(fields[index]) ?? 0 }
    }
    return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
