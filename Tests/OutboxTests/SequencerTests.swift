import FoundationEssentials
import Glibc
@testable import Outbox
import Postgres
import SyncProtocol
import Testing

@Suite("The sequencer loses nothing and inverts nothing")
struct SequencerTests {
  /// The whole log, ascending.
  private func log(_ client: PostgresClient) async throws -> [LogEntry] {
    try await client.withConnection { connection in
      let catalog = try await KindStore.catalog(on: connection)
      let rows = try await connection.query("SELECT first, entries FROM outbox.segment ORDER BY first")
      return try rows.decode((Int64, [UInt8]).self).flatMap { first, bytes in
        try SegmentCodec.decode(bytes, first: Position(unchecked: first), catalog: catalog)
      }
    }
  }

  private func state(_ client: PostgresClient) async throws -> LogState {
    try await client.withConnection { connection in try #require(try await LogStateStore.read(on: connection)) }
  }

  @Test("with 16 writers and a running sequencer every change has a position, dense, in each entity's commit order")
  func manyWriters() async throws {
    try await Pair.with { pair in
      let sequencer = pair.sequencer()
      let keys = (0..<8).map { _ in UUID() }
      for key in keys { try await pair.source.execute("INSERT INTO app.item (id) VALUES (\(key))") }
      try await pair.source.execute("CREATE TABLE app.history (seq bigserial, xid xid8, id uuid)")
      try await withThrowingTaskGroup { group in
        group.addTask { try await sequencer.run() }
        try await withThrowingTaskGroup { writers in
          for writer in 0..<16 {
            writers.addTask {
              for round in 0..<25 {
                let key = keys[(writer + round) % keys.count]
                try await pair.source.withTransaction { connection in
                  try await connection.execute("UPDATE app.item SET n = n + 1 WHERE id = \(key)")
                  // Under the entity's row lock: the order of commits of one entity.
                  try await connection.execute(
                    "INSERT INTO app.history (xid, id) VALUES (pg_current_xact_id(), \(key))")
                }
              }
            }
          }
          try await writers.waitForAll()
        }
        group.cancelAll()
      }
      try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
      try await pair.sequencer().catchUp()
      let entries = try await log(pair.source)
      #expect(entries.map(\.position.value) == Array(1...Int64(entries.count)))
      #expect(entries.count == keys.count + 16 * 25)
      for key in keys {
        let text = key.uuidString.lowercased()
        let committed = try await pair.source.query(
          "SELECT xid FROM app.history WHERE id = \(key) ORDER BY seq"
        ).decode(TransactionID.self).map(\.rawValue)
        let sequenced = entries.filter { $0.row.key.text == text }.dropFirst().map(\.transaction)
        #expect(sequenced == committed)
      }
      let state = try await state(pair.source)
      #expect(entries.reduce(ChainHash.origin) { $0.appending($1) } == state.chain)
    }
  }

  @Test("a transaction that commits after later ones were sequenced is not lost")
  func lateCommit() async throws {
    try await Pair.with { pair in
      let late = UUID()
      let early = UUID()
      try await pair.source.withTransaction { connection in
        try await connection.execute("INSERT INTO app.item (id) VALUES (\(late))")
        try await pair.source.execute("INSERT INTO app.item (id) VALUES (\(early))")
        try await pair.sequencer().catchUp()
        #expect(try await log(pair.source).map(\.row.key.text) == [early.uuidString.lowercased()])
        let floor = try await state(pair.source).floor
        #expect(floor == 0)
      }
      try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
      try await pair.sequencer().catchUp()
      #expect(
        try await log(pair.source).map(\.row.key.text) == [early, late].map { $0.uuidString.lowercased() })
    }
  }

  @Test("a transaction of 5 000 pointers goes in parts, and a small one passes it")
  func carry() async throws {
    try await Pair.with { pair in
      try await pair.source.execute(
        "INSERT INTO app.item (id, n) SELECT gen_random_uuid(), g FROM generate_series(1, 5000) AS g")
      let small = UUID()
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (\(small))")
      try await pair.sequencer(limits: TickLimits(partsPerTick: 1)).catchUp()
      let entries = try await log(pair.source)
      #expect(entries.count == 5001)
      #expect(entries.first?.row.key.text == small.uuidString.lowercased())
      #expect(try await state(pair.source).isComplete)
      #expect(try await pair.source.query("SELECT count(*) FROM outbox.carry").only().decode(Int64.self) == 0)
      try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
      try await pair.settle()
      let contents = try await pair.contents()
      #expect(contents.source == contents.replica)
    }
  }

  @Test("a backlog larger than the window is worked off as a cut without losing or repeating a pointer")
  func cut() async throws {
    try await Pair.with { pair in
      for _ in 0..<40 {
        try await pair.source.execute(
          "INSERT INTO app.item (id, n) SELECT gen_random_uuid(), g FROM generate_series(1, 17) AS g")
      }
      try await pair.sequencer(limits: TickLimits(window: 50, wholeTransaction: 20)).catchUp()
      let entries = try await log(pair.source)
      #expect(entries.count == 40 * 17)
      #expect(Set(entries.map(\.row)).count == entries.count)
      #expect(try await state(pair.source).cut == nil)
    }
  }

  @Test("an open transaction elsewhere holds the floor, never delivery; the floor follows when it ends")
  func floor() async throws {
    try await Pair.with { pair in
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
      try await pair.sequencer().catchUp()
      try await pair.source.withTransaction { holder in
        try await holder.execute("SELECT pg_current_xact_id()")
        for _ in 0..<3 {
          try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
          try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
          try await pair.sequencer().catchUp()
        }
        let held = try await state(pair.source)
        #expect(held.head.value == 4)
        #expect(held.floor < 4)
      }
      // Other tests' transactions on the same server hold it as well, for a while.
      var rounds = 0
      while try await state(pair.source).floor < 4, rounds < 500 {
        rounds += 1
        try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
        try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
        try await pair.sequencer().catchUp()
      }
      #expect(try await state(pair.source).floor >= 4)
    }
  }

  @Test("a second sequencer stands by while the first lives, and ends its backend when its heartbeat is stale")
  func takeover() async throws {
    try await Pair.with { pair in
      try await withThrowingTaskGroup { group in
        let first = pair.sequencer()
        let rings = pair.head.rings
        group.addTask { try await first.run() }
        #expect(await pair.head.wait(beyond: rings, limit: .seconds(20)))
        let fence = try await state(pair.source).fence
        await #expect(throws: OutboxError.self) { try await pair.sequencer().catchUp() }
        // The leader stops beating: its process hangs while its backend lives.
        group.cancelAll()
        try await group.waitForAll()
        try await pair.source.withTransaction { hung in
          try await hung.execute(
            """
            UPDATE outbox.sequencer SET beat = clock_timestamp() - interval '1 minute', backend_pid = pg_backend_pid(),
              backend_start = (SELECT a.backend_start FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid())
            """)
        }
        try await pair.source.withConnection { stale in
          try await stale.execute(
            """
            UPDATE outbox.sequencer SET beat = clock_timestamp() - interval '1 minute', backend_pid = pg_backend_pid(),
              backend_start = (SELECT a.backend_start FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid())
            """)
          try await pair.sequencer().catchUp()
          await #expect(throws: PostgresError.self) { try await stale.execute("SELECT 1") }
        }
        #expect(try await state(pair.source).fence > fence)
      }
    }
  }

  @Test("a fenced out leader writes nothing")
  func fencedOut() async throws {
    try await Pair.with { pair in
      try await pair.sequencer().catchUp()
      let before = try await state(pair.source)
      var storage = SequencerStorage(registry: pair.sources, limits: TickLimits(), name: "old")
      try await pair.source.withTransaction(.repeatableRead) { connection in
        guard case .fencedOut = try await storage.open(fence: before.fence - 1, assuming: before, on: connection) else {
          Issue.record("an old fence opened a tick")
          return
        }
      }
      #expect(try await state(pair.source).head == before.head)
    }
  }

  @Test("a tick for what was announced locks nothing when there is nothing, and is the usual one when there is")
  func announced() async throws {
    try await Pair.with { pair in
      try await pair.sequencer().catchUp()
      let before = try await state(pair.source)
      let work = SequencerStorage.Work(floor: before.floor, done: before.done)
      var storage = SequencerStorage(registry: pair.sources, limits: TickLimits(), name: "look")
      func open(fence: Int64) async throws -> (opening: SequencerStorage.Opening, hasID: Bool, isLocked: Bool) {
        try await pair.source.withTransaction(.repeatableRead) { connection in
          let opening = try await storage.open(fence: fence, ifThereIs: work, assuming: before, on: connection)
          let hasID = try await connection.query("SELECT pg_current_xact_id_if_assigned() IS NOT NULL").only()
            .decode(Bool.self)
          let free = try await pair.source.withTransaction {
            try await $0.query("SELECT FROM outbox.sequencer FOR UPDATE SKIP LOCKED").count
          }
          return (opening, hasID, free == 0)
        }
      }
      let idle = try await open(fence: before.fence)
      guard case .idle = idle.opening else {
        Issue.record("nothing was found: \(idle.opening)")
        return
      }
      #expect(!idle.hasID && !idle.isLocked)

      let id = UUID()
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (\(id))")
      let busy = try await open(fence: before.fence)
      guard case .view(let view) = busy.opening else {
        Issue.record("the change was not found")
        return
      }
      #expect(view.window.map(\.pointer.row.key.text) == [id.uuidString.lowercased()])
      #expect(busy.hasID && busy.isLocked)
      guard case .fencedOut = try await open(fence: before.fence - 1).opening else {
        Issue.record("an old fence opened a tick")
        return
      }
    }
  }

  @Test("another system identity starts a new epoch that continues at the head")
  func identity() async throws {
    try await Pair.with { pair in
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
      try await pair.sequencer().catchUp()
      let before = try await state(pair.source)
      try await pair.source.execute("UPDATE outbox.epoch SET timeline = '000000FF'")
      try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
      try await pair.sequencer().catchUp()
      let after = try await state(pair.source)
      #expect(after.epoch.ordinal == before.epoch.ordinal + 1)
      #expect(after.head == before.head)
      #expect(after.chain == before.chain)
    }
  }

  @Test("a database restored to before its witness starts a new epoch, a database that went on does not")
  func witness() async throws {
    try await Pair.with { pair in
      let path = "/tmp/atoll-witness-\(UUID().uuidString)"
      defer { unlink(path) }
      func run() async throws {
        try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
        try await Sequencer(
          client: pair.source, registry: pair.sources, doorbell: pair.doorbell, head: pair.head,
          witness: LogWitness(path: path), logger: pair.logger
        ).catchUp()
      }
      try await run()
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
      try await run()
      try await run()
      let before = try await state(pair.source)
      #expect(before.epoch.ordinal == 1)
      // As a copy from before the last change would be.
      try await pair.source.execute(
        "UPDATE outbox.sequencer SET head = head - 1, chain = decode(repeat('00', 32), 'hex')")
      try await pair.source.execute("TRUNCATE outbox.segment")
      try await run()
      #expect(try await state(pair.source).epoch.ordinal == 2)
      try await run()
      #expect(try await state(pair.source).epoch.ordinal == 2)
    }
  }

  @Test("lag counts rows and seconds of each receiver and lane")
  func lag() async throws {
    try await Pair.with { pair in
      try await pair.settle()
      try await pair.settle()
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid()), (gen_random_uuid())")
      let waiting = try await pair.source.withConnection { try await LagStore.log(on: $0) }
      #expect(waiting?.pending == 2)
      try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
      try await pair.sequencer().catchUp()
      let lags = try await pair.source.withConnection { try await LagStore.receivers(on: $0) }
      #expect(lags.map(\.lane) == [.main, .priority])
      #expect(lags.allSatisfy { $0.rows == 2 })
      // Nothing of the priority lane is behind its cursor, whatever the number of positions.
      #expect(lags.allSatisfy { ($0.seconds > 0) == ($0.lane == .main) })
    }
  }

  @Test("pending partitions behind the low-water mark are truncated, the one being filled and one in use are not")
  func truncation() async throws {
    try await Pair.with { pair in
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
      try await pair.source.execute("SELECT setval('outbox.pending_seq', 65535)")
      let inserted = UUID()
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (\(inserted))")
      try await pair.sequencer().catchUp()
      #expect(try await pair.pending() == 2)
      var retention = RetentionProbe()
      // A writer that has inserted into the first partition keeps it until it ends.
      try await pair.source.withTransaction { writer in
        try await writer.execute("LOCK TABLE outbox.pending_0 IN ROW EXCLUSIVE MODE")
        try await pair.source.withConnection { try await retention.tidy(lowWater: 65_536, on: $0) }
        #expect(try await pair.pending() == 2)
      }
      try await pair.source.withConnection { try await retention.tidy(lowWater: 0, on: $0) }
      #expect(try await pair.pending() == 2)
      try await pair.source.withConnection { try await retention.tidy(lowWater: 65_536, on: $0) }
      #expect(try await pair.pending() == 1)
    }
  }
}
