import Foundation
import Logging
import Outbox
import Postgres
import SyncProtocol

/// How fast many changes travel, against PostgreSQL's own logical replication of the same rows.
struct FlowFigures {
  let server: EmbeddedServer
  let subscriber: EmbeddedServer
  static let database = "bench_flow"
  static let backlog = 200_000

  /// Throughput: applying, and draining a backlog.
  func run() async throws -> [Figure] {
    try await FlowSides.with(server, subscriber, database: Self.database) { sides in
      var figures = [try await apply(sides)]
      try await sides.subscribe()
      figures += try await drain(sides)
      return figures
    }
  }

  /// 1000 rows a transaction through a `TableSink`, and the same rows through one bare upsert.
  private func apply(_ sides: FlowSides) async throws -> Figure {
    let sink = try Flow.sink("sunk")
    guard let kind = Kind("sunk"), let epoch = Epoch(ordinal: 1, id: String(repeating: "0", count: 32)) else {
      throw BenchError("constants")
    }
    let context = ApplyContext(stream: .control, lane: .main, epoch: epoch)
    let clock = ContinuousClock()
    var ours: [Double] = []
    var theirs: [Double] = []
    for round in 0..<60 {
      let first = Int64(round % 10) * 1000
      let ids = (first..<first + 1000).map { $0 + 1 }
      guard let head = Position(Int64(round + 1)) else { throw BenchError("position") }
      let rows = ids.compactMap { id in
        RowKey(String(id)).map {
          RowImage(
            row: RowReference(kind: kind, key: $0), version: RowVersion(generation: 0, epoch: 1, head: head),
            fields: [.init(name: "value", value: String(round))])
        }
      }
      let values = ids.map { _ in Int64(round) }
      let bare = try await clock.measure {
        try await sides.target.withTransaction { connection in
          _ = try await connection.execute(
            """
            INSERT INTO bare (id, value) SELECT * FROM unnest(\(ids), \(values)) AS r (id, value)
            ON CONFLICT (id) DO UPDATE SET value = EXCLUDED.value
            """)
        }
      }
      let sunk = try await clock.measure {
        try await sides.target.withTransaction { connection in
          _ = try await sink.apply(rows, context: context, on: connection)
        }
      }
      guard round >= 10 else { continue }
      theirs.append(1000 / bare.inSeconds)
      ours.append(1000 / sunk.inSeconds)
    }
    return Figure(
      "apply: 1000 rows a batch / bare unnest upsert", ours: ours.median, baseline: theirs.median, unit: "rows/s",
      goal: .atLeast(0.8))
  }

  private func drain(_ sides: FlowSides) async throws -> [Figure] {
    let flow = try await Flow("ours", source: sides.source, target: sides.target, wakeUp: .poll)
    let bench = PgBench(server: server, database: Self.database)
    func fill(_ table: String) async throws -> Int64 {
      _ = try await CaptureFigures.offPool {
        try bench.measure(
          [], clients: 16, each: Self.backlog / 16, script: "INSERT INTO \(table) (value) VALUES (1);\n")
      }
      return try await sides.source.query("SELECT count(*) FROM \(identifier: table)").only().decode(Int64.self)
    }
    @Sendable func caughtUp(_ table: String, _ count: Int64) async throws {
      while try await sides.target.query("SELECT count(*) FROM \(identifier: table)").only().decode(Int64.self) < count
      {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    let clock = ContinuousClock()
    let ourCount = try await fill("ours")
    let ours = try await clock.measure {
      try await flow.running { try await caughtUp("ours", ourCount) }
    }
    try await sides.alterSubscription("DISABLE")
    /// Seconds of a subscription that applies like that.
    func subscription(synchronousCommit: String) async throws -> Double {
      try await sides.alterSubscription("SET (synchronous_commit = '\(synchronousCommit)')")
      let count = try await fill("theirs")
      let seconds = try await clock.measure {
        try await sides.alterSubscription("ENABLE")
        try await caughtUp("theirs", count)
      }.inSeconds
      try await sides.alterSubscription("DISABLE")
      return seconds
    }
    let backlog = Double(Self.backlog)
    return [
      Figure(
        "drain: 200 000 distinct keys / logical replication", ours: backlog / ours.inSeconds,
        baseline: backlog / (try await subscription(synchronousCommit: "on")), unit: "rows/s", goal: .atLeast(4)),
      Figure(
        "drain: 200 000 distinct keys / logical replication applying asynchronously", ours: backlog / ours.inSeconds,
        baseline: backlog / (try await subscription(synchronousCommit: "off")), unit: "rows/s", goal: .atLeast(0.4)),
    ]
  }
}
