import Foundation
import Outbox
import Postgres
import Synchronization
import SyncProtocol
import Testing

@Suite("Much, large and bad input")
struct BadInputTests {
  /// Tests run with fewer; `make soak` (part `sizes`) with `ATOLL_BAD_INPUT` of them, 500 000, where there are not fewer at `most`.
  private static let asked = ProcessInfo.processInfo.environment["ATOLL_BAD_INPUT"].flatMap { Int64($0) }

  private static func count(_ usual: Int64, most: Int64) -> Int64 { asked.map { min(most, $0) } ?? usual }

  /// What a campaign did, for who reads it.
  private static func tell(_ what: String, since started: ContinuousClock.Instant) {
    guard asked != nil else { return }
    print("soak: sizes: \(what), in \((ContinuousClock.now - started).components.seconds) s")
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

  @Test("a batch of large rows is cut by what they weigh, and the lane does not stop")
  func heavyRows() async throws {
    try await Self.streaming { pair in
      // 40 MiB in one transaction, of values that no compression makes small.
      try await pair.source.execute(
        """
        INSERT INTO app.item (id, name, n)
        SELECT gen_random_uuid(), (SELECT string_agg(md5(random()::text || g || i), '') FROM generate_series(1, 32768) AS i), g
        FROM generate_series(1, 40) AS g
        """)
      try await pair.sequencer().catchUp()
      let sender = pair.sender()
      let key = try SigningKey(purpose: .stream)
      let batches = Mutex(0)
      let applier = Applier(
        client: pair.replica, stream: .control, audience: pair.region, registry: pair.sinks,
        pace: ReceiverPace(hold: 0, fresh: 1_000_000), logger: pair.logger
      ) { request, _ in
        let answer = try await sender.answer(request)
        if case .batch(let batch) = answer.body {
          // What no receiver would take is not sealed, or too large for a body.
          #expect(try SealedBatch(sealing: batch, key: key).content.count < WireLimits.maximumBodyBytes)
          if !batch.rows.isEmpty { batches.withLock { $0 += 1 } }
        }
        return answer
      }
      try await applier.catchUp()
      let digests = try await pair.digests()
      #expect(digests.source == digests.replica)
      let rows = try await pair.replica.query("SELECT count(*) FROM replica.item").only().decode(Int64.self)
      #expect(rows == 40)
      #expect(batches.withLock { $0 } >= 6)
    }
  }

  @Test(
    "a row that is too large is parked at its receiver, told to its source, and mended by a smaller one; the lane goes on"
  )
  func tooLargeRow() async throws {
    try await Self.streaming { pair in
      try await pair.source.execute(
        "INSERT INTO app.item (id, name, n) VALUES ('00000000-0000-0000-0000-000000000001', 'small', 1)")
      try await Self.apply(pair)
      for size in [Int64(WireLimits.maximumValueBytes) + 1, 20 << 20] {
        try await pair.source.execute(
          "UPDATE app.item SET name = repeat('x', \(size)::int4) WHERE n = 1 AND name <> 'later'")
        try await pair.source.execute("INSERT INTO app.item (id, name, n) VALUES (gen_random_uuid(), 'later', 1)")
        try await Self.apply(pair)
        let parked = try await pair.replica.query("SELECT kind, key, code FROM outbox.quarantine").decode(
          (String, String, String).self)
        #expect(parked.map(\.2) == [RowImage.tooLarge])
        #expect(parked.first?.1 == "00000000-0000-0000-0000-000000000001")
        let kept = try await pair.replica.query(
          "SELECT name FROM replica.item WHERE id = '00000000-0000-0000-0000-000000000001'"
        ).only().decode(String.self)
        #expect(kept == "small", "what the receiver had stays")
        #expect(
          try await pair.source.query("SELECT code FROM outbox.nack").decode(String.self) == [RowImage.tooLarge])
      }
      let later = try await pair.replica.query("SELECT count(*) FROM replica.item WHERE name = 'later'").only()
      #expect(try later.decode(Int64.self) == 2)
      // By snapshot as well.
      try await pair.replica.execute("DELETE FROM outbox.cursor")
      try await pair.settleBySnapshot()
      #expect(
        try await pair.replica.query("SELECT code FROM outbox.quarantine").decode(String.self) == [RowImage.tooLarge])
      try await pair.source.execute("UPDATE app.item SET name = 'fits' WHERE length(name) > 100")
      try await Self.apply(pair)
      #expect(try await pair.replica.query("SELECT count(*) FROM outbox.quarantine").only().decode(Int64.self) == 0)
      let digests = try await pair.digests()
      #expect(digests.source == digests.replica)
    }
  }

  /// Whether the load is over, and the states of the hot row that the receiver was seen to hold.
  private final class Heat: Sendable {
    let isOver = Mutex(false)
    let seen = Mutex<Set<Int64>>([])
  }

  /// Updates a row so often, `rate` of them in each second, each in a transaction of its own. Returns when the server had committed the last.
  private static let heat = """
    CREATE PROCEDURE app.heat(updates bigint, rate bigint) LANGUAGE plpgsql AS $$
    DECLARE
      began timestamptz := clock_timestamp();
    BEGIN
      FOR i IN 1..updates LOOP
        UPDATE app.item SET n = n + 1 WHERE id = '00000000-0000-0000-0000-000000000001';
        COMMIT;
        PERFORM pg_sleep(greatest(0, i::float8 / rate - extract(epoch FROM clock_timestamp() - began)::float8));
      END LOOP;
    END
    $$
    """

  /// Heats the row. Returns how long that took.
  private static func offer(_ updates: Int64, to pair: Pair, _ heat: Heat) async throws -> Duration {
    defer { heat.isOver.withLock { $0 = true } }
    let began = ContinuousClock.now
    // A little more than is claimed.
    try await pair.source.execute("CALL app.heat(\(updates), 1100)")
    return ContinuousClock.now - began
  }

  /// Looks at the receiver until the hot row has been seen with a number, and other rows are as many. Returns how long that took.
  private static func wait(_ pair: Pair, _ heat: Heat, hot: Int64, others: Int64) async throws -> Duration {
    let began = ContinuousClock.now
    while ContinuousClock.now - began < .seconds(60) {
      let row = try await pair.replica.query(
        """
        SELECT (SELECT h.n FROM replica.item AS h WHERE h.id = '00000000-0000-0000-0000-000000000001'),
          (SELECT count(*) FROM replica.item AS o WHERE o.name = 'other')
        """
      ).only()
      let (number, count) = try row.decode((Int64?, Int64).self)
      if let number { heat.seen.withLock { _ = $0.insert(number) } }
      if number ?? 0 >= hot, count == others { return ContinuousClock.now - began }
    }
    Issue.record("the receiver has not \(others) other rows and the hot one as \(hot)")
    return .zero
  }

  @Test("a row that changes a thousand times a second is delivered as it is now, and delays nothing else")
  func hotKey() async throws {
    try await Self.streaming { pair in
      let started = ContinuousClock.now
      try await pair.source.execute(
        "INSERT INTO app.item (id, name, n) VALUES ('00000000-0000-0000-0000-000000000001', 'hot', 0)")
      try await pair.source.withConnection { try await $0.runScript(Self.heat) }
      try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
      let updates = Self.count(3000, most: 33_000)
      let heat = Heat()
      let sequencer = pair.sequencer()
      let applier = pair.applier(pair.sender(limits: SenderLimits(hold: 50)), pace: ReceiverPace(hold: 50))
      let (took, others, slowest) = try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await sequencer.run() }
        group.addTask { try await applier.run() }
        async let offered = Self.offer(updates, to: pair, heat)
        // Meanwhile everything else travels as it comes.
        var (others, slowest): (Int64, Duration) = (0, .zero)
        while !heat.isOver.withLock({ $0 }) {
          try await pair.source.execute("INSERT INTO app.item (id, name, n) VALUES (gen_random_uuid(), 'other', 1)")
          others += 1
          slowest = max(slowest, try await Self.wait(pair, heat, hot: 0, others: others))
        }
        let took = try await offered
        _ = try await Self.wait(pair, heat, hot: updates, others: others)
        group.cancelAll()
        return (took, others, slowest)
      }
      let digests = try await pair.digests()
      #expect(digests.source == digests.replica)
      let rate = Double(updates) / (Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18)
      // Only where nothing else runs: what the load really was.
      if Self.asked != nil { #expect(rate >= 1000, "\(Int(rate)) updates a second were offered, not 1000") }
      Self.tell(
        """
        one row updated \(updates) times, \(Int(rate)) in a second: \(heat.seen.withLock { $0.count }) states of it were seen, and \
        \(others) other rows were carried meanwhile, the slowest in \(slowest)
        """, since: started)
    }
  }

  @Test("a transaction of many thousand changes goes in parts, and a small one passes it", .timeLimit(.minutes(10)))
  func hugeTransaction() async throws {
    try await Self.streaming { pair in
      let started = ContinuousClock.now
      let count = Self.count(20_000, most: 500_000)
      try await pair.fill(count)
      try await pair.source.execute("INSERT INTO app.item (id, name, n) VALUES (gen_random_uuid(), 'small', 1)")
      try await Self.apply(pair)
      let digests = try await pair.digests()
      #expect(digests.source == digests.replica)
      let head = try await pair.source.query("SELECT head FROM outbox.sequencer").only().decode(Int64.self)
      #expect(head == count + 1)
      Self.tell("one transaction of \(count) changes carried", since: started)
    }
  }

  @Test(
    "thousands of poison rows are each parked with a code, the good ones among them apply", .timeLimit(.minutes(15)))
  func manyPoisonRows() async throws {
    try await Self.streaming { pair in
      let started = ContinuousClock.now
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
      Self.tell("\(parked) poison rows among \(count) parked, \(good) good ones applied", since: started)
    }
  }
}
