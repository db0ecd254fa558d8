import FoundationEssentials
import Outbox
import Postgres
import SyncProtocol
import TestSupport
import Testing

@Suite("After faults stop, the replica equals the source")
struct ConvergenceTests {
  /// Ends one backend of a database, whoever's it is.
  private func endOneBackend(of database: String) async throws {
    try await PostgresTestServer.shared.administrator().execute(
      """
      SELECT pg_terminate_backend(pid) FROM (
        SELECT a.pid FROM pg_stat_activity AS a WHERE a.datname = \(database) ORDER BY random() LIMIT 1) AS victim
      """)
  }

  private func write(_ pair: Pair, round: Int64, key: UUID) async throws {
    try await pair.source.withTransaction { connection in
      switch round % 4 {
      case 0:
        try await connection.execute("DELETE FROM app.item WHERE id = \(key)")
      case 1:
        try await connection.execute(
          "INSERT INTO app.item (id, n) SELECT gen_random_uuid(), g FROM generate_series(1, 3) AS g")
      default:
        try await connection.execute(
          """
          INSERT INTO app.item (id, n) VALUES (\(key), \(round)) ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n
          """)
      }
    }
  }

  @Test("while backends of both databases are ended at random, sequencer, sender and applier recover and lose nothing")
  func endedBackends() async throws {
    try await Pair.with { pair in
      let sender = pair.sender(limits: SenderLimits(hold: 100, retry: 10))
      let sequencer = pair.sequencer(pace: SequencerPace(candidacy: 20))
      let applier = pair.applier(sender, pace: ReceiverPace(hold: 100))
      let keys = (0..<20).map { _ in UUID() }
      let names = try await [pair.source, pair.replica].asyncMap { client in
        try await client.query("SELECT current_database()::text").only().decode(String.self)
      }
      try await withThrowingTaskGroup { group in
        group.addTask { try await sequencer.run() }
        group.addTask { try await applier.run() }
        try await withThrowingTaskGroup { writers in
          for writer in 0..<4 {
            writers.addTask {
              for round in 0..<60 {
                do {
                  try await write(pair, round: Int64(round), key: keys[(writer * 7 + round) % keys.count])
                } catch let error as PostgresError {
                  // Ended by a fault: nobody knows what became of it, and nobody needs to.
                  guard error.code == .connection || error.code == .commitOutcomeUnknown || error.sqlState != nil else {
                    throw error
                  }
                }
                if round % 6 == writer { try await endOneBackend(of: names[(round + writer) % 2]) }
              }
            }
          }
          try await writers.waitForAll()
        }
        var contents = try await settled(pair)
        for _ in 0..<200 where contents.source != contents.replica {
          _ = await applier.applied.wait(beyond: applier.applied.rings, limit: .milliseconds(200))
          contents = try await settled(pair)
        }
        #expect(contents.source == contents.replica)
        #expect(!contents.source.isEmpty)
        group.cancelAll()
      }
      let gaps = try await pair.source.query(
        """
        SELECT count(*) FROM (SELECT first - lag(last) OVER (ORDER BY first) AS step FROM outbox.segment) AS s WHERE step <> 1
        """)
      #expect(try gaps.only().decode(Int64.self) == 0)
    }
  }

  /// The contents, read again when a connection of the pool had been ended.
  private func settled(_ pair: Pair) async throws -> (source: [String], replica: [String]) {
    for _ in 0..<30 {
      do { return try await pair.contents() } catch is PostgresError { continue }
    }
    return try await pair.contents()
  }
}

extension Sequence {
  fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async throws -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
