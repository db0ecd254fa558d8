import FoundationEssentials
@testable import Outbox
import Postgres
import SyncProtocol
import Synchronization
import TestSupport
import Testing

@Suite("A snapshot comes in chunks beside the stream")
struct SnapshotTests {
  @Test(
    "a first sync of 200 000 rows comes in chunks, nothing is written at the source, and the lane is exact",
    .timeLimit(.minutes(20)))
  func first() async throws {
    try await Pair.with { pair in
      try await pair.fill(200_000)
      try await pair.sequencer().catchUp()
      let before = try await pair.pending()
      let sizes = Mutex<[Int]>([])
      let applier = try pair.snapshotter(pair.sender(), pair.bulkSender()) { _, reply in
        if case .answer(let answer) = reply { sizes.withLock { $0.append(answer.rows.count) } }
        return reply
      }
      try await applier.catchUp()
      let digests = try await pair.digests()
      #expect(digests.source == digests.replica)
      #expect(try await pair.pending() <= before)
      #expect(sizes.withLock { $0.max() } == SnapshotPace.defaultRows)
      #expect(sizes.withLock { $0.reduce(0, +) } == 200_000)
      let lane = try #require(applier.status.lanes[.main])
      #expect(lane.isExactCut)
      let progress = try await SnapshotProgress.read(of: .control, on: pair.replica)
      #expect(progress == nil, "a snapshot that is whole is not under way")
    }
  }

  @Test(
    "while rows are changed, deleted and added all the time, the replica ends equal row by row",
    .timeLimit(.minutes(20))
  )
  func whileWriting() async throws {
    try await Pair.with { pair in
      try await pair.fill(20_000)
      let sequencer = pair.sequencer(pace: SequencerPace(busyPoll: 2, idlePoll: 5))
      let applier = try pair.snapshotter(
        pair.sender(limits: SenderLimits(hold: 20)), pair.bulkSender(), pace: ReceiverPace(hold: 20),
        chunks: SnapshotPace(rows: 200))
      try await withThrowingTaskGroup { group in
        group.addTask { try await sequencer.run() }
        group.addTask { try await applier.run() }
        for round in 0..<150 {
          try await pair.source.withTransaction { connection in
            try await connection.execute(
              """
              DELETE FROM app.item WHERE id IN (SELECT id FROM app.item WHERE n % 149 = \(Int64(round)) % 149 LIMIT 20)
              """)
            try await connection.execute(
              "UPDATE app.item SET name = 'changed ' || \(Int64(round)) WHERE n % 151 = \(Int64(round))")
            try await connection.execute(
              "INSERT INTO app.item (id, name, n) SELECT gen_random_uuid(), 'new', g FROM generate_series(1, 5) AS g")
          }
        }
        var digests = try await pair.digests()
        for _ in 0..<400 where digests.source != digests.replica {
          _ = await applier.applied.wait(beyond: applier.applied.rings, limit: .milliseconds(100))
          digests = try await pair.digests()
        }
        #expect(digests.source == digests.replica)
        group.cancelAll()
      }
    }
  }

  @Test("a region that was offline past retention loses what went and gets what came meanwhile")
  func pastRetention() async throws {
    try await Pair.with { pair in
      try await pair.fill(3000)
      try await pair.settleBySnapshot(SnapshotPace(rows: 500))
      try await pair.source.execute("DELETE FROM app.item WHERE n % 3 = 0")
      try await pair.source.execute("UPDATE app.item SET name = 'later' WHERE n % 3 = 1")
      try await pair.fill(100)
      try await pair.sequencer().catchUp()
      try await pair.source.execute("UPDATE outbox.sequencer SET pruned = head")
      try await pair.source.execute("UPDATE app.item SET n = n + 1 WHERE n = 2")
      try await pair.settleBySnapshot(SnapshotPace(rows: 500))
      let digests = try await pair.digests()
      #expect(digests.source == digests.replica)
    }
  }

  @Test("a region whose database was lost entirely gets everything again")
  func lost() async throws {
    try await Pair.with { pair in
      try await pair.fill(1200)
      try await pair.settleBySnapshot(SnapshotPace(rows: 500))
      for table in ["outbox.cursor", "outbox.snapshot", "outbox.tombstone", "outbox.bulk_request", "replica.item"] {
        try await pair.replica.execute("TRUNCATE \(raw: table)")
      }
      try await pair.settleBySnapshot(SnapshotPace(rows: 500))
      let digests = try await pair.digests()
      #expect(digests.source == digests.replica)
    }
  }

  @Test("a process that ends in the middle is followed by one that goes on behind the last chunk")
  func resumes() async throws {
    try await Pair.with { pair in
      try await pair.fill(1000)
      try await pair.sequencer().catchUp()
      let asked = Mutex<[RowKey?]>([])
      func applier(failingAt limit: Int) throws -> Applier {
        try pair.snapshotter(pair.sender(), pair.bulkSender(), chunks: SnapshotPace(rows: 100)) { request, reply in
          if case .chunk(_, let after) = request.wanted { asked.withLock { $0.append(after) } }
          if asked.withLock({ $0.count }) == limit { throw CancellationError() }
          return reply
        }
      }
      await #expect(throws: CancellationError.self) { try await applier(failingAt: 5).catchUp() }
      let there = try await pair.replica.query("SELECT count(*) FROM replica.item").only().decode(Int64.self)
      #expect((300...400).contains(there))
      let progress = try #require(try await SnapshotProgress.read(of: .control, on: pair.replica))
      #expect(progress.rows == there)
      asked.withLock { $0 = [] }
      try await applier(failingAt: -1).catchUp()
      #expect(asked.withLock { $0.first } != .some(nil), "the first chunk was asked for again")
      #expect(asked.withLock { $0.count } <= 8)
      let digests = try await pair.digests()
      #expect(digests.source == digests.replica)
    }
  }

  @Test("rows that the source does not have go in bounded steps, whatever their number")
  func boundedSweep() async throws {
    try await Pair.with { pair in
      try await pair.fill(12_000)
      try await pair.settleBySnapshot()
      try await pair.source.execute("DELETE FROM app.item WHERE n > 10")
      try await pair.sequencer().catchUp()
      try await pair.source.execute("UPDATE outbox.sequencer SET pruned = head")
      try await pair.fill(1)
      let chunks = Mutex(0)
      try await pair.sequencer().catchUp()
      try await pair.snapshotter(pair.sender(), pair.bulkSender()) { _, reply in
        chunks.withLock { $0 += 1 }
        return reply
      }.catchUp()
      #expect(chunks.withLock { $0 } >= 3)
      let digests = try await pair.digests()
      #expect(digests.source == digests.replica)
    }
  }

  @Test("a receiver that finds no place is told when to come again, and a place that is not used is free")
  func places() async throws {
    try await Pair.with { pair in
      try await pair.fill(1)
      try await pair.sequencer().catchUp()
      let sender = pair.bulkSender(limits: SnapshotLimits(receivers: 1, idle: .seconds(600), retry: .seconds(4)))
      let request = BulkRequest(id: "a", stream: .control, lane: .main, wanted: .chunk(Pair.item.kind, after: nil))
      let other = try #require(SiloNumber(8))
      guard case .answer = try await sender.answer(request, for: pair.region),
        case .retry(let wait) = try await sender.answer(request, for: other)
      else {
        Issue.record("the second receiver was served")
        return
      }
      #expect((2000...4000).contains(wait))
      #expect(sender.active == 1)
      let repair = BulkRequest(id: "b", stream: .control, lane: .main, wanted: .references([]))
      guard case .answer = try await sender.answer(repair, for: other) else {
        Issue.record("a repair waits for snapshots")
        return
      }
      var slots = SnapshotSlots(limit: 1, idle: 50, retry: 40)
      #expect(slots.wait(of: pair.region, now: 0, random: 0) == nil)
      #expect(slots.wait(of: other, now: 49, random: 7) != nil)
      #expect(slots.wait(of: other, now: 51, random: 7) == nil)
      #expect(slots.wait(of: pair.region, now: 52, random: 7) != nil)
    }
  }
}
