import Logging
import Postgres

/// The Postgres client against pgbench: the same statement, clients and server.
struct ClientFigures {
  let server: EmbeddedServer
  static let clients = 8
  static let rounds = 3
  static let seconds = 5

  func run() async throws -> [Figure] {
    try await server.ensureDatabase("bench_client")
    let bench = PgBench(server: server, database: "bench_client")
    try bench.initialize(scale: 10)
    let client = PostgresClient(
      configuration: server.configuration(database: "bench_client"), pool: PoolLimits(maximumConnections: Self.clients),
      logger: Logger(label: "bench"))
    defer { client.shutdown() }
    try await client.withConnection {
      try await $0.runScript("DROP TABLE IF EXISTS p; CREATE UNLOGGED TABLE p (id bigint, v text)")
    }
    var ours: [Double] = []
    var theirs: [Double] = []
    for _ in 0..<Self.rounds {
      theirs.append(try bench.measure(["-S"], clients: Self.clients, each: 15_000).transactionsPerSecond)
      ours.append(try await reads(client))
    }
    let (single, pipelined) = try await inserts(client)
    return [
      Figure(
        "client: prepared single-row reads / pgbench -S", ours: ours.median, baseline: theirs.median, unit: "reads/s",
        goal: .atLeast(0.8)),
      Figure(
        "client: pipelined inserts / one by one", ours: pipelined, baseline: single, unit: "rows/s",
        goal: .atLeast(3)),
    ]
  }

  private func reads(_ client: PostgresClient) async throws -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    let end = start.advanced(by: .seconds(Self.seconds))
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      for seed in 0..<Self.clients {
        // On the thread that waits for the sockets: these tasks do little besides SQL.
        group.addTask(executorPreference: PostgresClient.executor) {
          var generator = CheapGenerator(seed: UInt64(seed))
          var count = 0
          while clock.now < end {
            let id = Int32.random(in: 1...1_000_000, using: &generator)
            _ = try await client.query("SELECT abalance FROM pgbench_accounts WHERE aid = \(id)").only()
              .decode(Int32.self)
            count += 1
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
    return Double(count) / start.duration(to: clock.now).inSeconds
  }

  private func inserts(_ client: PostgresClient) async throws -> (single: Double, pipelined: Double) {
    let rows = 20_000
    let clock = ContinuousClock()
    return try await client.withConnection { connection in
      let single = try await clock.measure {
        try await connection.withTransaction { connection in
          for id in 0..<Int64(rows) { try await connection.execute("INSERT INTO p (id, v) VALUES (\(id), \("x"))") }
        }
      }
      let pipelined = try await clock.measure {
        try await connection.withTransaction { connection in
          _ = try await connection.pipeline { pipeline in
            for id in 0..<Int64(rows) { pipeline.add("INSERT INTO p (id, v) VALUES (\(id), \("x"))") }
          }
        }
      }
      return (Double(rows) / single.inSeconds, Double(rows) / pipelined.inSeconds)
    }
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// Numbers without a system call each, as pgbench draws them (SplitMix64).
private struct CheapGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
