import Foundation
import Logging
import Outbox
import Postgres
import SyncProtocol

/// From a commit at the source to the durable commit at the receiver, against PostgreSQL's own logical replication of the same rows.
struct FlowFigures {
  let server: EmbeddedServer
  let subscriber: EmbeddedServer
  static let backlog = 200_000
  static let changes = 1500

  private struct Sides {
    let source: PostgresClient
    let target: PostgresClient
  }

  /// The figures, the delays of logical replication in milliseconds, and the legs of our own.
  func run() async throws -> (figures: [Figure], logicalReplication: [Double], legs: [Leg]) {
    let sides = try await prepare()
    defer {
      sides.source.shutdown()
      sides.target.shutdown()
    }
    var figures = [try await apply(sides)]
    let flow = try await Flow("ours", source: sides.source, target: sides.target)
    try await subscribe(sides)
    let (latencies, theirs, legs) = try await latency(flow, sides)
    figures += latencies
    figures += try await drain(flow, sides)
    return (figures, theirs, legs)
  }

  private func prepare() async throws -> Sides {
    let logger = Logger(label: "bench")
    for server in [server, subscriber] { try await server.ensureDatabase("bench_flow") }
    let source = PostgresClient(configuration: server.configuration(database: "bench_flow"), logger: logger)
    let target = PostgresClient(configuration: subscriber.configuration(database: "bench_flow"), logger: logger)
    for client in [source, target] {
      _ = try await Migrator(schema: "outbox", migrations: OutboxMigrations.all).migrate(client)
    }
    try await source.withConnection {
      try await $0.runScript(
        """
        CREATE SEQUENCE ours_id; CREATE SEQUENCE theirs_id;
        CREATE TABLE ours (id bigint PRIMARY KEY DEFAULT nextval('ours_id'), value bigint NOT NULL);
        CREATE TABLE theirs (id bigint PRIMARY KEY DEFAULT nextval('theirs_id'), value bigint NOT NULL);
        SELECT outbox.declare_kind('ours', 'int8', 'main', false);
        SELECT outbox.capture('ours', 'ours');
        CREATE PUBLICATION bench FOR TABLE theirs;
        """)
    }
    try await target.withConnection {
      try await $0.runScript(
        """
        CREATE TABLE ours (id bigint PRIMARY KEY, value bigint,
          _generation bigint NOT NULL, _epoch integer NOT NULL, _head bigint NOT NULL);
        CREATE TABLE theirs (id bigint PRIMARY KEY, value bigint);
        CREATE TABLE bare (id bigint PRIMARY KEY, value bigint);
        CREATE TABLE sunk (LIKE ours INCLUDING ALL);
        """)
    }
    return Sides(source: source, target: target)
  }

  private func subscribe(_ sides: Sides) async throws {
    let place = "host=\(server.socketDirectory) port=\(server.port) user=postgres dbname=bench_flow"
    try await sides.target.withConnection {
      try await $0.runScript(
        "CREATE SUBSCRIPTION bench CONNECTION '\(place)' PUBLICATION bench WITH (synchronous_commit = 'on', copy_data = false)"
      )
    }
  }

  /// 1000 rows a transaction through a `TableSink`, and the same rows through one bare upsert.
  private func apply(_ sides: Sides) async throws -> Figure {
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

  private func latency(_ flow: Flow, _ sides: Sides) async throws -> ([Figure], [Double], [Leg]) {
    let (ours, held, legs) = try await flow.running {
      try await arrive("ours", 1, sides)
      flow.stamps.clear()
      let (quiet, moments) = try await timed("ours", sides) {}
      let legs = flow.stamps.legs(from: moments.sent, to: moments.seen)
      let held = try await delays("ours", sides) {
        try await sides.source.withTransaction { connection in
          try await connection.execute("INSERT INTO theirs (value) VALUES (-1)")
          try await Task.sleep(for: .seconds(3))
        }
      }
      return (quiet, held, legs.map { Leg("one process: " + $0.name, microseconds: $0.microseconds) })
    }
    try await arrive("theirs", 1, sides)
    let theirs = try await delays("theirs", sides) {}
    let figures = [
      Figure(
        "latency: commit to durable, p50 / logical replication (no HTTP)", ours: ours.median,
        baseline: theirs.median, unit: "ms", goal: .atMost(6)),
      Figure(
        "latency: commit to durable, p99 / logical replication (no HTTP)", ours: ours.percentile(0.99),
        baseline: theirs.percentile(0.99), unit: "ms", goal: .atMost(5)),
      Figure(
        "latency: p99 with a writer held open 3 s / quiet", ours: held.percentile(0.99),
        baseline: ours.percentile(0.99), unit: "ms", goal: .atMost(5)),
    ]
    return (figures, theirs, legs)
  }

  /// Writes 150 rows a second beside `body` and returns, in milliseconds, from the return of each commit until another session sees the row at
  /// the target. Commit timestamps would not do: an applying subscriber stamps its commits with the publisher's time.
  private func delays(
    _ table: String, _ sides: Sides, beside body: @Sendable () async throws -> Void
  ) async throws -> [Double] {
    try await timed(table, sides, beside: body).delays
  }

  private func timed(
    _ table: String, _ sides: Sides, beside body: @Sendable () async throws -> Void
  ) async throws -> (delays: [Double], moments: (sent: [ContinuousClock.Instant], seen: [ContinuousClock.Instant])) {
    let clock = ContinuousClock()
    let start = clock.now
    let first = try await sides.source.query("SELECT max(id) FROM \(identifier: table)").only().decode(Int64.self)
    async let other: Void = body()
    // On the thread that waits for the socket: the less the watcher costs, the less it disturbs what it measures.
    async let seen = withTaskExecutorPreference(PostgresClient.executor) { try await watch(table, after: first, sides) }
    var sent: [ContinuousClock.Instant] = []
    for step in 0..<Self.changes {
      try await clock.sleep(until: start.advanced(by: .microseconds(step * 6667)))
      try await sides.source.execute("INSERT INTO \(identifier: table) (value) VALUES (\(Int64(step)))")
      sent.append(clock.now)
    }
    try await other
    let arrived = try await seen
    return (zip(sent, arrived).map { max(0, $0.duration(to: $1).inSeconds * 1000) }, (sent, arrived))
  }

  /// When each of the next rows was first seen at the target, asked for five thousand times a second.
  private func watch(_ table: String, after first: Int64, _ sides: Sides) async throws -> [ContinuousClock.Instant] {
    let clock = ContinuousClock()
    return try await sides.target.withConnection { connection in
      var seen: [ContinuousClock.Instant] = []
      let deadline = clock.now.advanced(by: .seconds(120))
      while seen.count < Self.changes, clock.now < deadline {
        let last = try await connection.query("SELECT max(id) FROM \(identifier: table)").only().decode(Int64?.self)
        let now = clock.now
        while seen.count < Self.changes, let last, last - first > Int64(seen.count) { seen.append(now) }
        try await clock.sleep(for: .microseconds(200))
      }
      guard seen.count == Self.changes else { throw BenchError("\(table) does not arrive") }
      return seen
    }
  }

  /// Waits until the target has the row `id`; inserts it first if asked.
  private func arrive(_ table: String, _ id: Int64, _ sides: Sides, insert: Bool = true) async throws {
    if insert { try await sides.source.execute("INSERT INTO \(identifier: table) (value) VALUES (0)") }
    let deadline = ContinuousClock.now.advanced(by: .seconds(300))
    while try await sides.target.query("SELECT FROM \(identifier: table) WHERE id >= \(id)").isEmpty {
      guard ContinuousClock.now < deadline else { throw BenchError("\(table) does not arrive") }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func drain(_ flow: Flow, _ sides: Sides) async throws -> [Figure] {
    let bench = PgBench(server: server, database: "bench_flow")
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
    try await sides.target.execute("ALTER SUBSCRIPTION bench DISABLE")
    /// Seconds of a subscription that applies like that.
    func subscription(synchronousCommit: String) async throws -> Double {
      try await sides.target.withConnection {
        try await $0.runScript("ALTER SUBSCRIPTION bench SET (synchronous_commit = '\(synchronousCommit)')")
      }
      let count = try await fill("theirs")
      let seconds = try await clock.measure {
        try await sides.target.execute("ALTER SUBSCRIPTION bench ENABLE")
        try await caughtUp("theirs", count)
      }.inSeconds
      try await sides.target.execute("ALTER SUBSCRIPTION bench DISABLE")
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
