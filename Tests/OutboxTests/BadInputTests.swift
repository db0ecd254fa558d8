import Foundation
import Outbox
import Postgres
import SyncProtocol
import Testing

@Suite("Much, large and bad input")
struct BadInputTests {
  /// Tests run with fewer; `ATOLL_BAD_INPUT=500000 make test` with as many as that.
  private static func count(_ usual: Int64, most: Int64) -> Int64 {
    ProcessInfo.processInfo.environment["ATOLL_BAD_INPUT"].flatMap { Int64($0) }.map { min(most, $0) } ?? usual
  }

  /// A receiver that streams, and an empty table on both sides.
  private static func streaming(_ body: (Pair) async throws -> Void) async throws {
    try await Pair.with { pair in
      try await pair.settleBySnapshot()
      try await body(pair)
    }
  }

  private static func apply(_ pair: Pair) async throws {
    try await pair.sequencer().catchUp()
    try await pair.snapshotter(pair.sender(), pair.bulkSender()).catchUp()
  }

  @Test("positions beyond 2^31 and 2^53 travel like any other", arguments: [Int64(1) << 31, Int64(1) << 53])
  func largePositions(edge: Int64) async throws {
    try await Pair.with { pair in
      try await pair.sequencer().catchUp()
      _ = try await pair.source.execute(
        "UPDATE outbox.sequencer SET head = \(edge - 3), pruned = \(edge - 3), backend_pid = NULL")
      try await Self.apply(pair)
      try await pair.fill(10)
      try await Self.apply(pair)
      let head = try await pair.source.query("SELECT head FROM outbox.sequencer").only().decode(Int64.self)
      #expect(head == edge + 7)
      let cursor = try await pair.replica.query(
        "SELECT position FROM outbox.cursor WHERE stream = 0 AND lane = 'main'"
      ).only().decode(Int64.self)
      #expect(cursor == head)
      let digests = try await pair.digests()
      #expect(digests.source == digests.replica)
    }
  }

  @Test("a value of exactly one MiB travels by stream and by snapshot")
  func largestValue() async throws {
    try await Self.streaming { pair in
      let largest = WireLimits.maximumValueBytes
      try await pair.source.execute(
        "INSERT INTO app.item (id, name, n) VALUES (gen_random_uuid(), repeat('x', \(Int64(largest))::int4), 1)")
      try await Self.apply(pair)
      var digests = try await pair.digests()
      #expect(digests.source == digests.replica)
      // Lost, and taken again beside the stream.
      try await pair.replica.execute("DELETE FROM replica.item")
      try await pair.replica.execute("DELETE FROM outbox.cursor")
      try await pair.settleBySnapshot()
      digests = try await pair.digests()
      #expect(digests.source == digests.replica)
    }
  }

  @Test("a value that is larger by one byte is not sealed: a receiver never sees it")
  func tooLargeValue() throws {
    let value = String(repeating: "x", count: WireLimits.maximumValueBytes + 1)
    let row = RowImage(
      row: RowReference(kind: Kind("item"), key: try #require(RowKey("a"))),
      version: RowVersion(generation: 0, epoch: 1, head: try #require(Position(1))),
      fields: [.init(name: "name", value: value)])
    let answer = BulkAnswer(
      id: "r1", stream: .control, audience: try #require(SiloNumber(7)),
      epoch: try #require(Epoch(ordinal: 1, id: String(repeating: "a", count: 32))), head: try #require(Position(1)),
      isExact: true, chunk: nil, rows: [row])
    #expect(throws: WireError.self) {
      try BulkReplyDocument(sealing: .answer(answer), key: try SigningKey(purpose: .stream))
    }
  }

  @Test("a transaction of many thousand changes goes in parts, and a small one passes it", .timeLimit(.minutes(10)))
  func hugeTransaction() async throws {
    try await Self.streaming { pair in
      let count = Self.count(20_000, most: 500_000)
      try await pair.fill(count)
      try await pair.source.execute("INSERT INTO app.item (id, name, n) VALUES (gen_random_uuid(), 'small', 1)")
      try await Self.apply(pair)
      let digests = try await pair.digests()
      #expect(digests.source == digests.replica)
      let head = try await pair.source.query("SELECT head FROM outbox.sequencer").only().decode(Int64.self)
      #expect(head == count + 1)
    }
  }

  @Test(
    "thousands of poison rows are each parked with a code, the good ones among them apply", .timeLimit(.minutes(15)))
  func manyPoisonRows() async throws {
    try await Self.streaming { pair in
      let count = Self.count(1500, most: 100_000)
      try await pair.source.execute(
        """
        INSERT INTO app.item (id, name, n)
        SELECT gen_random_uuid(), CASE WHEN g % 100 = 0 THEN 'good' ELSE 'poison' END, g FROM generate_series(1, \(count)) AS g
        """)
      try await Self.apply(pair)
      let good = try await pair.replica.query("SELECT count(*) FROM replica.item").only().decode(Int64.self)
      let parked = try await pair.replica.query(
        "SELECT count(*) FROM outbox.quarantine WHERE code = 'BAD_ROW'"
      ).only().decode(Int64.self)
      #expect(good == count / 100)
      #expect(parked == count - count / 100)
      // They are reported, and the lane goes on.
      try await pair.source.execute("INSERT INTO app.item (id, name, n) VALUES (gen_random_uuid(), 'after', 1)")
      try await Self.apply(pair)
      let after = try await pair.replica.query("SELECT count(*) FROM replica.item WHERE name = 'after'").only()
        .decode(Int64.self)
      #expect(after == 1)
      #expect(try await pair.source.query("SELECT count(*) FROM outbox.nack").only().decode(Int64.self) > 0)
    }
  }
}
