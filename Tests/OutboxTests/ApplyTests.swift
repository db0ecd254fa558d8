import FoundationEssentials
@testable import Outbox
import Postgres
import SyncProtocol
import Testing

@Suite("Rows apply with their cursor, unless what is there is newer")
struct ApplyTests {
  private let epoch = Epoch(ordinal: 1, id: String(repeating: "a", count: 32))

  private func position(_ value: Int64) throws -> Position { try #require(Position(value)) }

  private func image(_ key: UUID, _ name: String?, head: Int64, generation: Int64 = 0, n: Int64 = 0) throws -> RowImage
  {
    let reference = RowReference(kind: Kind("item"), key: try #require(RowKey(key.uuidString.lowercased())))
    let fields = name.map { name in
      [
        RowImage.Field(name: "id", value: key.uuidString.lowercased()), RowImage.Field(name: "n", value: String(n)),
        RowImage.Field(name: "name", value: name),
      ]
    }
    return RowImage(
      row: reference, version: RowVersion(generation: generation, epoch: 1, head: try position(head)), fields: fields)
  }

  private func lane(at value: Int64) throws -> LaneState {
    let cursor = Cursor(epoch: try #require(epoch), position: try position(value), chain: .origin)
    return LaneState(cursor: cursor, seen: cursor.position)
  }

  /// A receiver whose main lane stands at 0.
  private func withReceiver(_ body: (Pair, ReceiverStorage) async throws -> Void) async throws {
    try await Pair.with { pair in
      let storage = ReceiverStorage(client: pair.replica, registry: pair.sinks)
      _ = try await storage.resetLanes(stream: .control, expected: [:], next: [.main: lane(at: 0)])
      try await body(pair, storage)
    }
  }

  private func plan(_ rows: [RowImage], from: Int64, to: Int64, sweep: LaneState.Resync? = nil) throws -> ApplyPlan {
    ApplyPlan(
      stream: .control, lane: .main, expected: try lane(at: from), next: try lane(at: to),
      rows: rows.sorted { $0.row < $1.row }, sweep: sweep)
  }

  @Test("the cursor moves with the rows, and the same batch again changes nothing")
  func compareAndSet() async throws {
    try await withReceiver { pair, storage in
      let batch = try plan([image(UUID(), "a", head: 3)], from: 0, to: 3)
      guard case .applied(let nacks) = try await storage.apply(batch) else {
        Issue.record("the batch was not applied")
        return
      }
      #expect(nacks.isEmpty)
      guard case .cursorMoved = try await storage.apply(batch) else {
        Issue.record("the batch was applied twice")
        return
      }
      let lanes = try await storage.readLanes(stream: .control).0
      #expect(lanes[.main]?.cursor.position.value == 3)
    }
  }

  @Test("two appliers with the same batch: one applies it, the other is told that the cursor moved")
  func race() async throws {
    try await withReceiver { pair, storage in
      let batch = try plan([image(UUID(), "a", head: 3)], from: 0, to: 3)
      let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<4 {
          group.addTask { if case .applied = try await storage.apply(batch) { true } else { false } }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.filter { $0 }.count == 1)
    }
  }

  @Test("an older version changes nothing, an equal one applies, a newer generation beats a higher head")
  func versions() async throws {
    try await withReceiver { pair, storage in
      let key = UUID()
      func names() async throws -> [String?] {
        try await pair.replica.query("SELECT name FROM replica.item").decode(String?.self)
      }
      _ = try await storage.apply(plan([image(key, "five", head: 5)], from: 0, to: 5))
      _ = try await storage.apply(plan([image(key, "four", head: 4)], from: 5, to: 6))
      #expect(try await names() == ["five"])
      _ = try await storage.apply(plan([image(key, "five again", head: 5)], from: 6, to: 7))
      #expect(try await names() == ["five again"])
      _ = try await storage.apply(plan([image(key, "moved", head: 2, generation: 1)], from: 7, to: 8))
      #expect(try await names() == ["moved"])
      _ = try await storage.apply(plan([image(key, nil, head: 9)], from: 8, to: 9))
      #expect(try await names() == ["moved"])
    }
  }

  @Test("a removed row stays removed for older versions and comes back with a newer one; its tombstone is collected")
  func tombstones() async throws {
    try await withReceiver { pair, storage in
      let key = UUID()
      func count() async throws -> Int64 {
        try await pair.replica.query("SELECT count(*) FROM replica.item").only().decode(Int64.self)
      }
      func tombstones() async throws -> Int64 {
        try await pair.replica.query("SELECT count(*) FROM outbox.tombstone").only().decode(Int64.self)
      }
      _ = try await storage.apply(plan([image(key, nil, head: 8)], from: 0, to: 1))
      _ = try await storage.apply(plan([image(key, "late", head: 7)], from: 1, to: 2))
      #expect(try await count() == 0)
      try await storage.collectTombstones(stream: .control)
      #expect(try await tombstones() == 1)
      _ = try await storage.apply(plan([image(key, "again", head: 9)], from: 2, to: 9))
      #expect(try await count() == 1)
      #expect(try await tombstones() == 0)
      _ = try await storage.apply(plan([image(key, nil, head: 10)], from: 9, to: 10))
      #expect(try await tombstones() == 1)
      try await storage.collectTombstones(stream: .control)
      #expect(try await tombstones() == 0)
    }
  }

  @Test("a row's key in another spelling is parked and neither writes nor removes the row that has the canonical one")
  func spelling() async throws {
    try await withReceiver { pair, storage in
      let key = UUID(uuidString: "ABCDEFAB-0000-0000-0000-000000000001") ?? UUID()
      _ = try await storage.apply(plan([image(key, "mine", head: 1)], from: 0, to: 1))
      let canonical = key.uuidString.lowercased()
      let others = [
        key.uuidString, "{\(canonical)}", canonical.filter { $0 != "-" }, canonical + " ", "not one at all",
        canonical.dropLast() + "g", String(canonical.dropLast()),
      ]
      for (step, text) in others.enumerated() {
        let reference = RowReference(kind: Kind("item"), key: try #require(RowKey(text)))
        let version = RowVersion(generation: 9, epoch: 1, head: try position(Int64(step) + 2))
        for fields in [[RowImage.Field(name: "name", value: "theirs")], nil] {
          let hostile = RowImage(row: reference, version: version, fields: fields)
          let (from, to) = (
            Int64(step) * 2 + 1 + (fields == nil ? 1 : 0), Int64(step) * 2 + 2 + (fields == nil ? 1 : 0)
          )
          guard case .applied(let nacks) = try await storage.apply(plan([hostile], from: from, to: to)) else {
            Issue.record("\(text) stopped the lane")
            return
          }
          #expect(nacks.map(\.code) == ["BAD_ROW"], "\(text)")
        }
      }
      #expect(try await pair.replica.query("SELECT name FROM replica.item").decode(String.self) == ["mine"])
      #expect(try await pair.replica.query("SELECT count(*) FROM outbox.tombstone").only().decode(Int64.self) == 0)
      let parked = try await pair.replica.withConnection { try await QuarantineStore.list(limit: 20, on: $0) }
      #expect(Set(parked.map(\.row.key.text)) == Set(others))
    }
  }

  @Test("numbers have one spelling too, and texts are what they are")
  func canonicalKeys() throws {
    for (text, isNumber) in [
      ("0", true), ("-7", true), ("9223372036854775807", true), ("007", false), ("+7", false), ("-0", false),
      ("-", false), ("--7", false), ("7-", false), ("00", false), ("-07", false), ("-9223372036854775808", true),
      ("-9223372036854775809", false), ("999999999999999999", true), ("1000000000000000000", true),
      ("99999999999999999999", false),
      (" 7", false),
      ("7.0", false), ("9223372036854775808", false), ("٧", false), ("", false),
    ] {
      guard let key = RowKey(text) else { continue }
      #expect(KeyType.int8.isCanonical(key) == isNumber, "\(text)")
      #expect(KeyType.text.isCanonical(key))
      #expect(!KeyType.uuid.isCanonical(key))
    }
  }

  @Test("a poison row is quarantined alone with a code, the others apply, and a later good version releases it")
  func quarantine() async throws {
    try await withReceiver { pair, storage in
      let bad = UUID()
      var rows = try (0..<20).map { try image(UUID(), "good \($0)", head: 3) }
      rows.append(try image(bad, "poison", head: 3))
      guard case .applied(let nacks) = try await storage.apply(plan(rows, from: 0, to: 3)) else {
        Issue.record("the batch was not applied")
        return
      }
      #expect(nacks.map(\.code) == ["BAD_ROW"])
      #expect(nacks.first?.row.key.text == bad.uuidString.lowercased())
      let held = try await pair.replica.withConnection { try await QuarantineStore.list(limit: 10, on: $0) }
      #expect(held.map(\.code) == ["BAD_ROW"])
      #expect(try await pair.contents().replica.count == 20)
      let read = try await storage.readLanes(stream: .control)
      #expect(read.quarantined.map(\.code) == ["BAD_ROW"])
      _ = try await storage.apply(plan([image(bad, "cured", head: 4)], from: 3, to: 4))
      #expect(try await pair.contents().replica.count == 21)
      #expect(try await pair.replica.withConnection { try await QuarantineStore.list(limit: 10, on: $0) }.isEmpty)
    }
  }

  @Test("an older state that comes late, good or poison, neither replaces nor releases a newer one in quarantine")
  func quarantineByVersion() async throws {
    try await withReceiver { pair, storage in
      let key = UUID()
      func quarantined() async throws -> [Int64] {
        try await storage.readLanes(stream: .control).quarantined.map(\.version.head.value)
      }
      _ = try await storage.apply(plan([image(key, "poison", head: 5)], from: 0, to: 5))
      _ = try await storage.apply(plan([image(key, "poison", head: 3)], from: 5, to: 6))
      #expect(try await quarantined() == [5])
      _ = try await storage.apply(plan([image(key, "good", head: 4)], from: 6, to: 7))
      #expect(try await quarantined() == [5])
      _ = try await storage.apply(plan([image(key, "good", head: 6)], from: 7, to: 8))
      #expect(try await quarantined().isEmpty)
    }
  }

  @Test("the sender keeps the refusal of the newest state, in whatever order they come")
  func refusalByVersion() async throws {
    try await Pair.with { pair in
      let storage = SenderStorage(client: pair.source, registry: pair.sources, doorbell: pair.doorbell)
      let row = try image(UUID(), nil, head: 1).row
      func nack(_ head: Int64, _ code: String) throws -> Nack {
        Nack(row: row, code: code, version: RowVersion(generation: 0, epoch: 1, head: try position(head)))
      }
      try await storage.record(receiver: pair.region, cursors: [:], nacks: [nack(7, "NEW"), nack(2, "OLD")])
      try await storage.record(receiver: pair.region, cursors: [:], nacks: [nack(5, "LATE")])
      let kept = try await pair.source.query("SELECT code, head FROM outbox.nack").only().decode((String, Int64).self)
      #expect(kept.0 == "NEW")
      #expect(kept.1 == 7)
    }
  }

  @Test("a value that is not of its column's type and a kind that nobody holds are quarantined, never skipped silently")
  func badValues() async throws {
    try await withReceiver { pair, storage in
      let key = try #require(RowKey(UUID().uuidString.lowercased()))
      let version = RowVersion(generation: 0, epoch: 1, head: try position(2))
      let rows = [
        RowImage(
          row: RowReference(kind: Kind("item"), key: key), version: version,
          fields: [RowImage.Field(name: "n", value: "not a number")]),
        RowImage(row: RowReference(kind: Kind("stranger"), key: key), version: version, fields: []),
      ]
      guard case .applied(let nacks) = try await storage.apply(plan(rows, from: 0, to: 2)) else {
        Issue.record("the batch was not applied")
        return
      }
      #expect(nacks.map(\.code) == ["BAD_ROW", "UNKNOWN_KIND"])
    }
  }

  @Test("a resynchronization sweeps what did not come again")
  func sweep() async throws {
    try await withReceiver { pair, storage in
      let kept = UUID()
      _ = try await storage.apply(
        plan([image(kept, "kept", head: 2), image(UUID(), "stale", head: 2)], from: 0, to: 2))
      let resync = LaneState.Resync(epoch: 1, bound: try position(5), token: 1)
      _ = try await storage.apply(plan([image(kept, "kept", head: 6)], from: 2, to: 6, sweep: resync))
      #expect(try await pair.replica.query("SELECT name FROM replica.item").decode(String.self) == ["kept"])
    }
  }

  @Test("a resynchronization does not sweep what came again and was refused; what was gone at its source goes")
  func sweepOfParked() async throws {
    try await withReceiver { pair, storage in
      let parked = UUID()
      _ = try await storage.apply(
        plan([image(parked, "before", head: 2), image(UUID(), "stale", head: 2)], from: 0, to: 2))
      let resync = LaneState.Resync(epoch: 1, bound: try position(5), token: 1)
      let outcome = try await storage.apply(
        plan([image(parked, "poison", head: 6)], from: 2, to: 6, sweep: resync))
      guard case .applied(let nacks) = outcome else {
        Issue.record("the batch was not applied")
        return
      }
      #expect(nacks.map(\.code) == ["BAD_ROW"])
      #expect(try await pair.replica.query("SELECT name FROM replica.item").decode(String.self) == ["before"])
    }
  }

  @Test("storage trouble stops the lane with the cursor where it was")
  func trouble() async throws {
    try await withReceiver { pair, storage in
      try await pair.replica.execute("ALTER TABLE replica.item RENAME TO hidden")
      await #expect(throws: PostgresError.self) {
        try await storage.apply(plan([image(UUID(), "a", head: 3)], from: 0, to: 3))
      }
      #expect(try await storage.readLanes(stream: .control).0[.main]?.cursor.position == .zero)
      try await pair.replica.execute("ALTER TABLE replica.hidden RENAME TO item")
      guard case .applied = try await storage.apply(plan([image(UUID(), "a", head: 3)], from: 0, to: 3)) else {
        Issue.record("the lane did not resume")
        return
      }
    }
  }

  @Test("a bulk answer that nobody asked for changes nothing; an asked one applies by version")
  func bulk() async throws {
    try await withReceiver { pair, storage in
      let row = try image(UUID(), "repaired", head: 3)
      let answer = BulkAnswer(
        id: "1", stream: .control, audience: pair.region, epoch: try #require(epoch), head: try position(3),
        isExact: false, chunk: nil, rows: [row])
      #expect(try await storage.applyBulk(answer) == .forgotten)
      #expect(try await pair.contents().replica.isEmpty)
      try await storage.recordBulk(
        BulkRequest(id: "1", stream: .control, lane: .main, wanted: .references([row.row])))
      #expect(try await storage.applyBulk(answer) == .applied(nil))
      #expect(try await pair.contents().replica.count == 1)
      let lane = try await storage.readLanes(stream: .control).0[.main]
      #expect(lane?.seen.value == 4)
      #expect(lane?.consistentAt.value == 4)
      #expect(lane?.isConsistencyKnown == false)
      // A batch that was planned before does not lower what the repair raised.
      _ = try await storage.apply(plan([], from: 0, to: 2))
      #expect(try await storage.readLanes(stream: .control).0[.main]?.seen.value == 4)
    }
  }

  @Test("a nonce is accepted once")
  func nonces() async throws {
    try await Pair.with { pair in
      func record() async throws -> Bool {
        try await pair.replica.withConnection { connection in
          try await NonceStore.record(
            keyid: "key", nonce: "nonce", expires: Date(timeIntervalSinceNow: 300), on: connection)
        }
      }
      let first = try await record()
      let second = try await record()
      #expect(first && !second)
    }
  }
}
