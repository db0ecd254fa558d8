import FoundationEssentials
@testable import Outbox
import Postgres
import SyncProtocol
import Testing

@Suite("A chunk applies once, where it belongs, and by version")
struct ChunkApplyTests {
  private let epoch = Epoch(ordinal: 2, id: String(repeating: "a", count: 32))
  private let keys = (1...6).map { "00000000-0000-0000-0000-00000000000\($0)" }

  private func position(_ value: Int64) throws -> Position { try #require(Position(value)) }
  private func key(_ number: Int) throws -> RowKey { try #require(RowKey(keys[number - 1])) }

  private func image(_ number: Int, _ name: String?, head: Int64, epoch: Int32 = 2) throws -> RowImage {
    RowImage(
      row: RowReference(kind: Pair.item.kind, key: try key(number)),
      version: RowVersion(generation: 0, epoch: epoch, head: try position(head)),
      fields: name.map { [.init(name: "id", value: keys[number - 1]), .init(name: "name", value: $0)] })
  }

  /// A receiver that starts over at 10.
  private func withReceiver(_ body: (Pair, ReceiverStorage) async throws -> Void) async throws {
    try await Pair.with { pair in
      let storage = ReceiverStorage(client: pair.replica, registry: pair.sinks)
      let cursor = Cursor(epoch: try #require(epoch), position: try position(10), chain: .origin)
      let lane = LaneState(
        cursor: cursor, seen: cursor.position, resync: .init(epoch: 2, bound: cursor.position, token: nil))
      _ = try await storage.resetLanes(stream: .control, expected: [:], next: [.main: lane])
      try await body(pair, storage)
    }
  }

  private func ask(_ id: String, after: Int? = nil, _ storage: ReceiverStorage) async throws {
    let request = BulkRequest(
      id: id, stream: .control, lane: .main, wanted: .chunk(Pair.item.kind, after: try after.map { try key($0) }))
    try await storage.recordBulk(request)
  }

  private func chunk(
    _ id: String, after: Int? = nil, through: Int? = nil, _ rows: [RowImage], head: Int64 = 12,
    epoch other: Epoch? = nil,
    isExact: Bool = true, region: SiloNumber
  ) throws -> BulkAnswer {
    let range = KeyRange(after: try after.map { try key($0) }, through: try through.map { try key($0) })
    return BulkAnswer(
      id: id, stream: .control, audience: region, epoch: try #require(other ?? epoch), head: try position(head),
      isExact: isExact, chunk: ChunkRange(Pair.item.kind, keys: range), rows: rows)
  }

  private func names(_ pair: Pair) async throws -> [String] {
    try await pair.replica.query("SELECT right(id::text, 1) || name FROM replica.item ORDER BY id").decode(String.self)
  }

  private func lane(_ storage: ReceiverStorage) async throws -> LaneState {
    try #require(try await storage.readLanes(stream: .control).0[.main])
  }

  @Test("an empty range takes every character and NULL; one that holds something keeps what is newer")
  func fills() async throws {
    try await withReceiver { pair, storage in
      let odd = "tab\tline\nfeed\r\u{8}\u{b}\u{c} back\\slash \\N \\. ünï 🏝"
      try await ask("a", storage)
      var second = try image(2, "", head: 12)
      second = RowImage(row: second.row, version: second.version, fields: [.init(name: "name", value: nil)])
      let first = try chunk("a", through: 2, [image(1, odd, head: 12), second], region: pair.region)
      #expect(try await storage.applyBulk(first) == .applied(.init(after: try key(2), rows: 2)))
      let stored = try await pair.replica.query("SELECT name FROM replica.item ORDER BY id").decode(String?.self)
      #expect(stored == [odd, nil])
      // The stream brought the third row in a newer state already.
      try await pair.replica.execute(
        "INSERT INTO replica.item (id, name, _generation, _epoch, _head) VALUES (\(keys[2])::text::uuid, 'new', 0, 2, 99)"
      )
      try await ask("b", after: 2, storage)
      let last = try chunk(
        "b", after: 2, [image(3, "old", head: 13), image(4, "d", head: 13)], head: 13, region: pair.region)
      _ = try await storage.applyBulk(last)
      let names = try await pair.replica.query("SELECT name FROM replica.item WHERE name IS NOT NULL ORDER BY id")
      #expect(try names.decode(String.self) == [odd, "new", "d"])
    }
  }

  @Test("progress, rows and what the lane knows move together; the last chunk makes the lane whole")
  func advances() async throws {
    try await withReceiver { pair, storage in
      try await ask("a", storage)
      let first = try chunk("a", through: 2, [image(1, "a", head: 12), image(2, "b", head: 12)], region: pair.region)
      #expect(try await storage.applyBulk(first) == .applied(.init(after: try key(2), rows: 2)))
      var lane = try await lane(storage)
      #expect(lane.resync != nil && lane.seen.value == 12 && lane.consistentAt.value == 12)
      try await ask("b", after: 2, storage)
      let last = try chunk("b", after: 2, [image(3, "c", head: 13)], head: 13, isExact: false, region: pair.region)
      #expect(try await storage.applyBulk(last) == .applied(.init(rows: 3, isDone: true)))
      lane = try await self.lane(storage)
      #expect(lane.resync == nil && lane.seen.value == 14 && lane.consistentAt.value == 14)
      #expect(!lane.isConsistencyKnown)
      #expect(try await storage.readSnapshot(stream: .control) == nil)
      #expect(try await names(pair) == ["1a", "2b", "3c"])
    }
  }

  @Test("a chunk again, out of order, of another request, epoch, start or kind changes nothing")
  func refusals() async throws {
    try await withReceiver { pair, storage in
      let row = try image(3, "x", head: 12)
      try await ask("a", storage)
      let other = Epoch(ordinal: 1, id: String(repeating: "b", count: 32))
      let twin = Epoch(ordinal: 2, id: String(repeating: "c", count: 32))
      let unasked = try chunk("z", [row], region: pair.region)
      #expect(try await storage.applyBulk(unasked) == .forgotten)
      let shifted = try chunk("a", after: 2, [row], region: pair.region)
      #expect(try await storage.applyBulk(shifted) == .forgotten)
      for (number, epoch) in [other, twin].enumerated() {
        let id = "e\(number)"
        try await ask(id, storage)
        let image = try image(3, "x", head: 12, epoch: Int32(number + 1))
        #expect(try await storage.applyBulk(try chunk(id, [image], epoch: epoch, region: pair.region)) == .forgotten)
      }
      try await ask("old", storage)
      let old = try chunk("old", [image(3, "x", head: 9)], head: 9, region: pair.region)
      #expect(try await storage.applyBulk(old) == .forgotten, "read before the lane started over")
      try await ask("v", storage)
      let mixed = try chunk("v", [image(3, "x", head: 11)], head: 12, region: pair.region)
      #expect(try await storage.applyBulk(mixed) == .forgotten, "a version that is not the chunk's")
      #expect(try await names(pair).isEmpty)
      try await ask("b", storage)
      let good = try chunk("b", through: 3, [row], region: pair.region)
      #expect(try await storage.applyBulk(good) == .applied(.init(after: try key(3), rows: 1)))
      #expect(try await storage.applyBulk(good) == .forgotten, "applied twice")
      try await ask("c", after: 1, storage)
      let behind = try chunk("c", after: 1, [image(2, "y", head: 12)], region: pair.region)
      #expect(try await storage.applyBulk(behind) == .forgotten, "does not continue the progress")
      #expect(try await names(pair) == ["3x"])
    }
  }

  @Test("only older rows inside the range are swept, and leave tombstones")
  func sweeps() async throws {
    try await withReceiver { pair, storage in
      for number in 1...6 {
        let head = number == 2 ? 20 : 5
        try await pair.replica.execute(
          """
          INSERT INTO replica.item (id, name, n, _generation, _epoch, _head)
          VALUES (\(keys[number - 1])::text::uuid, 'old', 0, 7, 2, \(Int64(head)))
          """)
      }
      try await ask("a", storage)
      _ = try await storage.applyBulk(
        chunk("a", through: 4, [image(1, "new", head: 12), image(4, "new", head: 12)], region: pair.region))
      // 1: the chunk's generation is lower, so what is there stays, and is in the chunk. 2: newer. 3: swept. 4: as 1. 5, 6: outside.
      #expect(try await names(pair) == ["1old", "2old", "4old", "5old", "6old"])
      let tombstone = try await pair.replica.query("SELECT key, generation, epoch, head FROM outbox.tombstone").only()
        .decode((String, Int64, Int32, Int64).self)
      #expect(tombstone == (keys[2], 7, 2, 12))
    }
  }

  @Test("a chunk that was read before a delete and arrives after it brings nothing back, however tidy the receiver is")
  func racesDelete() async throws {
    try await withReceiver { pair, storage in
      try await ask("a", storage)
      let late = try chunk("a", [image(1, "gone", head: 12)], region: pair.region)
      let before = try await lane(storage)
      var after = before
      after.cursor = Cursor(epoch: before.cursor.epoch, position: try position(13), chain: .origin)
      after.seen = try position(13)
      let plan = ApplyPlan(
        stream: .control, lane: .main, expected: before, next: after, rows: [try image(1, nil, head: 13)], sweep: nil)
      _ = try await storage.apply(plan)
      try await storage.collectTombstones(stream: .control)
      #expect(try await storage.applyBulk(late) == .applied(.init(rows: 1, isDone: true)))
      #expect(try await names(pair).isEmpty)
      try await storage.collectTombstones(stream: .control)
      #expect(try await pair.replica.query("SELECT count(*) FROM outbox.tombstone").only().decode(Int64.self) == 0)
    }
  }

  @Test("a batch planned before a chunk was applied neither revives the snapshot nor claims an exact cut")
  func staleBatch() async throws {
    try await withReceiver { pair, storage in
      let before = try await lane(storage)
      try await ask("a", storage)
      _ = try await storage.applyBulk(
        chunk("a", [image(1, "a", head: 15)], head: 15, isExact: false, region: pair.region))
      var after = before
      after.cursor = Cursor(epoch: before.cursor.epoch, position: try position(16), chain: .origin)
      after.consistentAt = try position(12)
      after.isConsistencyKnown = true
      _ = try await storage.apply(
        ApplyPlan(stream: .control, lane: .main, expected: before, next: after, rows: [], sweep: nil))
      let lane = try await lane(storage)
      #expect(lane.resync == nil)
      #expect(lane.consistentAt.value == 16 && !lane.isExactCut)
    }
  }

  @Test("a poison row in a chunk is quarantined, the others apply and the snapshot goes on")
  func poison() async throws {
    try await withReceiver { pair, storage in
      try await ask("a", storage)
      let rows = [try image(1, "a", head: 12), try image(2, "poison", head: 12), try image(3, "c", head: 12)]
      #expect(
        try await storage.applyBulk(chunk("a", rows, region: pair.region)) == .applied(.init(rows: 3, isDone: true)))
      #expect(try await names(pair) == ["1a", "3c"])
      #expect(try await storage.readLanes(stream: .control).quarantined.map(\.code) == ["BAD_ROW"])
    }
  }

  @Test("a chunk's row in another spelling is parked, also where nothing is yet; a range in one is nobody's")
  func spelling() async throws {
    try await withReceiver { pair, storage in
      let upper = try #require(RowKey("00000000-0000-0000-0000-0000000000AA"))
      let hostile = RowImage(
        row: RowReference(kind: Pair.item.kind, key: upper),
        version: RowVersion(generation: 0, epoch: 2, head: try position(12)), fields: [.init(name: "name", value: "b")])
      try await ask("a", storage)
      _ = try await storage.applyBulk(
        try chunk("a", through: 2, [image(1, "a", head: 12), hostile], region: pair.region))
      #expect(try await names(pair) == ["1a"])
      #expect(
        try await pair.replica.query("SELECT key, code FROM outbox.quarantine").decode((String, String).self).map(\.0)
          == [upper.text])
      try await ask("b", after: 2, storage)
      let range = KeyRange(after: try key(2), through: upper)
      let answer = BulkAnswer(
        id: "b", stream: .control, audience: pair.region, epoch: try #require(epoch), head: try position(12),
        isExact: true,
        chunk: ChunkRange(Pair.item.kind, keys: range), rows: [])
      #expect(try await storage.applyBulk(answer) == .forgotten)
    }
  }
}
