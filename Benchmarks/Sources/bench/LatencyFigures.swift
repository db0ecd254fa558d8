import Foundation
import Outbox
import Postgres

/// From a commit at the source to the durable commit at the receiver, against PostgreSQL's own logical replication of the same rows.
struct LatencyFigures {
  let server: EmbeddedServer
  let subscriber: EmbeddedServer
  static let changes = 1500

  /// The figures, the delays of logical replication in milliseconds, and the legs of our own.
  func run() async throws -> (figures: [Figure], logicalReplication: [Double], legs: [Leg]) {
    try await FlowSides.with(server, subscriber, database: "bench_latency") { try await latency($0) }
  }

  /// Each side alone on the machine: the subscription is made when ours has been measured.
  private func latency(_ sides: FlowSides) async throws -> ([Figure], [Double], [Leg]) {
    let listening = try await Flow("ours", source: sides.source, target: sides.target, wakeUp: .decoding)
    let polling = try await Flow("ours", source: sides.source, target: sides.target, wakeUp: .poll)
    let (ours, held, legs) = try await listening.running {
      let (quiet, legs) = try await quiet(listening, sides, first: 1)
      let held = try await delays("ours", sides) {
        try await sides.source.withTransaction { connection in
          try await connection.execute("INSERT INTO theirs (value) VALUES (-1)")
          try await Task.sleep(for: .seconds(3))
        }
      }
      return (quiet, held, legs.map { Leg("one process: " + $0.name, microseconds: $0.microseconds) })
    }
    let (polled, polledLegs) = try await polling.running {
      let (quiet, legs) = try await quiet(polling, sides, first: Int64(2 * Self.changes + 2))
      return (quiet, legs.map { Leg("one process, poll: " + $0.name, microseconds: $0.microseconds) })
    }
    try await sides.subscribe()
    try await arrive("theirs", 1, sides)
    let theirs = try await delays("theirs", sides) {}
    try await sides.alterSubscription("DISABLE")
    let figures = [
      Figure(
        "latency: commit to durable, doorbell, p50 / logical replication (no HTTP)", ours: ours.median,
        baseline: theirs.median, unit: "ms", goal: .atMost(4)),
      Figure(
        "latency: commit to durable, doorbell, p99 / logical replication (no HTTP)", ours: ours.percentile(0.99),
        baseline: theirs.percentile(0.99), unit: "ms", goal: .atMost(5)),
      Figure(
        "latency: commit to durable, poll, p50 / logical replication (no HTTP)", ours: polled.median,
        baseline: theirs.median, unit: "ms", goal: .atMost(6)),
      Figure(
        "latency: commit to durable, poll, p99 / logical replication (no HTTP)", ours: polled.percentile(0.99),
        baseline: theirs.percentile(0.99), unit: "ms", goal: .atMost(5)),
      Figure(
        "latency: p99 with a writer held open 3 s / quiet", ours: held.percentile(0.99),
        baseline: ours.percentile(0.99), unit: "ms", goal: .atMost(5)),
    ]
    return (figures, theirs, legs + polledLegs)
  }

  /// The delays through `flow` while nothing else happens, and their legs.
  private func quiet(
    _ flow: Flow, _ sides: FlowSides, first: Int64
  ) async throws -> ([Double], [(name: String, microseconds: Double)]) {
    try await arrive("ours", first, sides)
    flow.stamps.clear()
    let (delays, moments) = try await timed("ours", sides) {}
    return (delays, flow.stamps.legs(from: moments.sent, to: moments.seen))
  }

  /// Writes 150 rows a second beside `body` and returns, in milliseconds, from the return of each commit until the row is heard to be durable at the
  /// target. Commit timestamps would not do: an applying subscriber stamps its commits with the publisher's time.
  private func delays(
    _ table: String, _ sides: FlowSides, beside body: @Sendable () async throws -> Void
  ) async throws -> [Double] {
    try await timed(table, sides, beside: body).delays
  }

  private func timed(
    _ table: String, _ sides: FlowSides, beside body: @Sendable () async throws -> Void
  ) async throws -> (delays: [Double], moments: (sent: [ContinuousClock.Instant], seen: [ContinuousClock.Instant])) {
    let clock = ContinuousClock()
    let (began, beginning) = AsyncStream.makeStream(of: Void.self)
    // On the thread that waits for the socket: the less the watcher costs, the less it disturbs what it measures.
    async let seen = withTaskExecutorPreference(PostgresClient.executor) { try await watch(sides, beginning) }
    for await _ in began {}
    let start = clock.now
    async let other: Void = body()
    // There as well: a moment taken on another thread is that thread's turn, not the return of the commit.
    let sent = try await withTaskExecutorPreference(PostgresClient.executor) {
      var sent: [ContinuousClock.Instant] = []
      for step in 0..<Self.changes {
        try await clock.sleep(until: start.advanced(by: .microseconds(step * 6667)))
        try await sides.source.execute("INSERT INTO \(identifier: table) (value) VALUES (\(Int64(step)))")
        sent.append(clock.now)
      }
      return sent
    }
    try await other
    let arrived = try await seen
    return (zip(sent, arrived).map { max(0, $0.duration(to: $1).inSeconds * 1000) }, (sent, arrived))
  }

  /// When each of the next rows was heard to be durable at the target.
  private func watch(
    _ sides: FlowSides, _ beginning: AsyncStream<Void>.Continuation
  ) async throws -> [ContinuousClock.Instant] {
    defer { beginning.finish() }
    var seen: [ContinuousClock.Instant] = []
    try await CommitWatch(sides.target.configuration, publication: "watched").follow(within: .seconds(120)) {
      beginning.finish()
    } row: { row in
      seen.append(row.moment)
      return seen.count < Self.changes
    }
    return seen
  }

  /// Waits until the target has the row `id`; inserts it first if asked.
  private func arrive(_ table: String, _ id: Int64, _ sides: FlowSides, insert: Bool = true) async throws {
    if insert { try await sides.source.execute("INSERT INTO \(identifier: table) (value) VALUES (0)") }
    let deadline = ContinuousClock.now.advanced(by: .seconds(300))
    while try await sides.target.query("SELECT FROM \(identifier: table) WHERE id >= \(id)").isEmpty {
      guard ContinuousClock.now < deadline else { throw BenchError("\(table) does not arrive") }
      try await Task.sleep(for: .milliseconds(20))
    }
  }
}
