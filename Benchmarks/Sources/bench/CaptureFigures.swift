import Foundation
import Logging
import Outbox
import Postgres
import SyncProtocol

/// What capture and sequencing cost the writers: the same update with and without.
struct CaptureFigures {
  let server: EmbeddedServer
  static let writers = 16
  static let each = 1500
  static let rounds = 3

  private enum Mode: CaseIterable { case plain, captured, sequenced }

  private struct Cost {
    var rates: [Double] = []
    var syncs: [Double] = []
    var bytes: [Double] = []
  }

  func run() async throws -> [Figure] {
    let client = try await prepare()
    defer { client.shutdown() }
    let bench = PgBench(server: server, database: "bench_capture")
    var costs: [Mode: Cost] = [:]
    for _ in 0..<Self.rounds {
      for mode in Mode.allCases {
        let cost = try await round(mode, client, bench)
        costs[mode, default: Cost()].rates.append(cost.rate)
        costs[mode, default: Cost()].syncs.append(cost.syncs)
        costs[mode, default: Cost()].bytes.append(cost.bytes)
      }
    }
    func value(_ mode: Mode, _ path: KeyPath<Cost, [Double]>) -> Double { costs[mode]?[keyPath: path].median ?? 0 }
    func compare(_ name: String, _ mode: Mode, _ path: KeyPath<Cost, [Double]>, _ unit: String, _ goal: Figure.Goal)
      -> Figure
    { Figure(name, ours: value(mode, path), baseline: value(.plain, path), unit: unit, goal: goal) }
    func added(_ name: String, _ mode: Mode, _ goal: Figure.Goal) -> Figure {
      let (ours, plain) = (value(mode, \.bytes), value(.plain, \.bytes))
      return Figure(name, ours: ours, baseline: plain, unit: "B/change", value: ours - plain, goal: goal)
    }
    return [
      compare("capture: throughput, sequencer stopped", .captured, \.rates, "tx/s", .atLeast(0.9)),
      compare("capture: throughput, sequencer running", .sequenced, \.rates, "tx/s", .atLeast(0.75)),
      compare("capture: fsyncs a transaction, sequencer stopped", .captured, \.syncs, "fsync/tx", .atMost(1.1)),
      compare("capture: fsyncs a transaction, sequencer running", .sequenced, \.syncs, "fsync/tx", .atMost(1.5)),
      added("capture: WAL records added by the pointer", .captured, .atMost(180)),
      added("capture: WAL records added with the log", .sequenced, .atMost(260)),
    ]
  }

  private func prepare() async throws -> PostgresClient {
    try await server.ensureDatabase("bench_capture")
    let client = PostgresClient(
      configuration: server.configuration(database: "bench_capture"), logger: Logger(label: "bench"))
    _ = try await Migrator(schema: "outbox", migrations: OutboxMigrations.all).migrate(client)
    try await client.withConnection {
      try await $0.runScript(
        """
        CREATE EXTENSION IF NOT EXISTS pg_walinspect;
        DROP TABLE IF EXISTS plain, captured;
        CREATE TABLE plain (id bigint PRIMARY KEY, value bigint NOT NULL) WITH (fillfactor = 50);
        CREATE TABLE captured (LIKE plain INCLUDING ALL) WITH (fillfactor = 50);
        INSERT INTO plain SELECT i, 0 FROM generate_series(1, 100000) i;
        INSERT INTO captured SELECT i, 0 FROM generate_series(1, 100000) i;
        SELECT outbox.declare_kind('captured', 'int8', 'main', false);
        SELECT outbox.capture('captured', 'captured');
        """)
      try await $0.runScript("VACUUM ANALYZE plain")
      try await $0.runScript("VACUUM ANALYZE captured")
    }
    return client
  }

  private func round(
    _ mode: Mode, _ client: PostgresClient, _ bench: PgBench
  ) async throws -> (rate: Double, syncs: Double, bytes: Double) {
    let table = mode == .plain ? "plain" : "captured"
    let script = "\\set id random(1, 100000)\nUPDATE \(table) SET value = value + 1 WHERE id = :id;\n"
    try await client.execute("CHECKPOINT")
    let before = try await counters(client)
    let measured: PgBench.Result
    if mode == .sequenced {
      let sequencer = Sequencer(
        client: client, registry: try Flow.registry("captured"), doorbell: Doorbell(), head: Doorbell(),
        logger: Logger(label: "bench"))
      measured = try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await sequencer.run() }
        let result = try await Self.offPool {
          try bench.measure([], clients: Self.writers, each: Self.each, script: script)
        }
        group.cancelAll()
        return result
      }
    } else {
      measured = try await Self.offPool {
        try bench.measure([], clients: Self.writers, each: Self.each, script: script)
      }
    }
    let after = try await counters(client)
    let bytes = try await client.query(
      "SELECT sum(record_length)::int8 FROM pg_get_wal_records_info(\(raw: "'\(before.lsn)', '\(after.lsn)'"))"
    ).only().decode(Int64.self)
    if mode == .captured {
      let sequencer = Sequencer(
        client: client, registry: try Flow.registry("captured"), doorbell: Doorbell(), head: Doorbell(),
        logger: Logger(label: "bench"))
      try await sequencer.catchUp()
    }
    return (
      measured.transactionsPerSecond, Double(after.syncs - before.syncs) / measured.transactions,
      Double(bytes) / measured.transactions
    )
  }

  private func counters(_ client: PostgresClient) async throws -> (lsn: String, syncs: Int64) {
    // Sessions report their statistics with up to a second's delay, or when they end.
    try await Task.sleep(for: .milliseconds(1200))
    return try await client.query(
      "SELECT pg_current_wal_flush_lsn()::text, wal_sync FROM pg_stat_wal"
    ).only().decode((String, Int64).self)
  }

  /// Runs blocking work beside the cooperative pool.
  static func offPool<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
  }
}
