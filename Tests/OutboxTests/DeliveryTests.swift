import FoundationEssentials
@testable import Outbox
import Postgres
import SyncProtocol
import Testing

@Suite("Delivery reads what a receiver may hold now")
struct DeliveryTests {
  /// A first answer for a receiver without cursors, and its claim afterwards.
  private func started(_ pair: Pair, _ sender: Sender) async throws -> [CursorClaim] {
    let first = try await sender.answer(
      SyncRequest(
        receiver: pair.region, claims: [CursorClaim(lane: .main, cursor: nil, seen: .zero, isProven: false)],
        nacks: [], holdLimit: 0))
    guard case .resynchronize(let start) = first.body else {
      Issue.record("a first contact did not start over: \(first)")
      return []
    }
    return [CursorClaim(lane: .main, cursor: start.start, seen: start.start.position, isProven: false)]
  }

  private func batch(_ pair: Pair, _ sender: Sender, _ claims: [CursorClaim]) async throws -> Batch? {
    let answer = try await sender.answer(
      SyncRequest(receiver: pair.region, claims: claims, nacks: [], holdLimit: 0))
    guard case .batch(let batch) = answer.body else { return nil }
    return batch
  }

  private func sequence(_ pair: Pair) async throws {
    try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
    try await pair.sequencer().catchUp()
  }

  @Test("a receiver that starts over by pointers again and again is told to come later, and nothing is written for it")
  func startingOverAgainAndAgain() async throws {
    try await Pair.with { pair in
      try await pair.source.execute("INSERT INTO app.item (id, name) VALUES (\(UUID()), 'one')")
      try await sequence(pair)
      let sender = pair.sender()
      for _ in 0..<StartingOver.atOnce {
        _ = try await started(pair, sender)
        try await sequence(pair)
      }
      let before = try await pair.source.query("SELECT head FROM outbox.sequencer").only().decode(Int64.self)
      let request = SyncRequest(
        receiver: pair.region, claims: [CursorClaim(lane: .main, cursor: nil, seen: .zero, isProven: false)],
        nacks: [], holdLimit: 0)
      guard case .retry = try await sender.answer(request).body else {
        Issue.record("started over once more")
        return
      }
      try await sequence(pair)
      #expect(try await pair.source.query("SELECT head FROM outbox.sequencer").only().decode(Int64.self) == before)
    }
  }

  @Test("a receiver that starts over again gets new pointers once a backlog's cut may have sequenced the first")
  func startingOverInACut() async throws {
    try await Pair.with { pair in
      try await pair.source.execute("INSERT INTO app.item (id, name) VALUES (gen_random_uuid(), 'one')")
      try await sequence(pair)
      let done = try await pair.source.query("SELECT done::text FROM outbox.sequencer").only().decode(String.self)
      let sender = pair.sender()
      let request = SyncRequest(
        receiver: pair.region, claims: [CursorClaim(lane: .main, cursor: nil, seen: .zero, isProven: false)],
        nacks: [], holdLimit: 0)
      func start() async throws -> Resynchronization? {
        guard case .resynchronize(let start) = try await sender.answer(request).body else { return nil }
        return start
      }
      let first = try #require(try await start())
      #expect(try await start() == first, "nothing of them is in the log")
      try await sequence(pair)
      // As a tick leaves it that took them as the first part of a larger backlog.
      try await pair.source.execute(
        """
        UPDATE outbox.sequencer SET cut = done, done = \(done)::text::pg_snapshot,
          cut_progress = COALESCE((SELECT max(seq) FROM outbox.pending), floor)
        """)
      let again = try #require(try await start())
      #expect(again.start.position > first.start.position)
      #expect(again.token != first.token, "its pointers stand before the start")
      #expect(try await start()?.token == again.token)
      try await sequence(pair)
      let claim = CursorClaim(lane: .main, cursor: again.start, seen: again.start.position, isProven: false)
      #expect(try await batch(pair, sender, [claim])?.rows.count == 1)
    }
  }

  @Test("a row changed after its entry travels in its current state with the head of the read as version")
  func readAtDelivery() async throws {
    try await Pair.with { pair in
      try await sequence(pair)
      let sender = pair.sender()
      let claims = try await started(pair, sender)
      let key = UUID()
      try await pair.source.execute("INSERT INTO app.item (id, name) VALUES (\(key), 'old')")
      try await sequence(pair)
      try await pair.source.execute("UPDATE app.item SET name = 'new'")
      let batch = try #require(try await batch(pair, sender, claims))
      #expect(batch.rows.first?.fields?.contains(RowImage.Field(name: "name", value: "new")) ?? false)
      #expect(batch.rows.first?.version.head == batch.head)
      // The update is committed and has no position: no cut is claimed.
      #expect(batch.consistentAt == nil)
    }
  }

  @Test("a receiver that comes from where it was led is held once, as long as it asked, and wakes for what concerns it")
  func heldBeforeReading() async throws {
    try await Pair.with { pair in
      try await sequence(pair)
      let sender = pair.sender(limits: SenderLimits(hold: 60_000))
      let start = try await started(pair, sender)
      func change() async throws {
        try await pair.source.execute("INSERT INTO app.item (id, name) VALUES (gen_random_uuid(), 'new')")
        try await sequence(pair)
      }
      try await change()
      let first = try #require(try await batch(pair, sender, start))
      let led = CursorClaim(
        lane: .main, cursor: Cursor(epoch: first.epoch, position: first.to, chain: first.chainAfter), seen: first.head,
        isProven: false)
      func request(_ limit: Int64) -> SyncRequest {
        SyncRequest(receiver: pair.region, claims: [led], nacks: [], holdLimit: limit)
      }
      let idle = try await sender.answer(request(1500))
      #expect((1500..<3000).contains(idle.held), "held before the read and not once more after it: \(idle.held)")
      guard case .batch(let empty) = idle.body else {
        Issue.record("no batch: \(idle)")
        return
      }
      #expect(empty.rows.isEmpty && empty.from == empty.to)
      async let woken = sender.answer(request(60_000))
      try await change()
      guard case .batch(let batch) = try await woken.body else {
        Issue.record("no batch")
        return
      }
      #expect(batch.rows.count == 1)
    }
  }

  @Test("the chain of a batch that ends inside a segment equals the chain over the entries")
  func chains() async throws {
    try await Pair.with { pair in
      try await sequence(pair)
      let sender = Sender(
        client: pair.source, stream: .control, registry: pair.sources, doorbell: pair.doorbell, head: pair.head,
        limits: SenderLimits(batch: 3, hold: 0), logger: pair.logger)
      var claims = try await started(pair, sender)
      for n in 0..<10 {
        try await pair.source.execute("INSERT INTO app.item (id, n) VALUES (gen_random_uuid(), \(Int64(n)))")
      }
      try await sequence(pair)
      var rows = 0
      var batches = 0
      while rows < 10, batches < 20 {
        let next = try #require(try await batch(pair, sender, claims))
        #expect(next.from == claims[0].cursor?.position)
        #expect(next.chainBefore == claims[0].cursor?.chain)
        rows += next.rows.count
        batches += 1
        claims = [
          CursorClaim(
            lane: .main, cursor: Cursor(epoch: next.epoch, position: next.to, chain: next.chainAfter), seen: next.head,
            isProven: false)
        ]
      }
      #expect(rows == 10)
      #expect(batches >= 4)
      let chain = try await pair.source.query("SELECT chain FROM outbox.sequencer").only().decode([UInt8].self)
      #expect(claims[0].cursor?.chain.bytes == chain)
    }
  }

  @Test("a cursor with another chain, ahead of the head or of an unknown epoch gets nothing")
  func impossibleCursors() async throws {
    try await Pair.with { pair in
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
      try await sequence(pair)
      let sender = pair.sender()
      let good = try #require(try await started(pair, sender)[0].cursor)
      let unknown = try #require(Epoch(ordinal: 9, id: String(repeating: "f", count: 32)))
      let ahead = try #require(Position(1_000_000))
      let cases: [(Cursor, SyncRefusal)] = [
        (Cursor(epoch: good.epoch, position: good.position, chain: .origin), .chainMismatch),
        (Cursor(epoch: good.epoch, position: ahead, chain: good.chain), .aheadOfHead),
        (Cursor(epoch: unknown, position: good.position, chain: good.chain), .epochUnknown),
      ]
      for (cursor, refusal) in cases {
        let answer = try await sender.answer(
          SyncRequest(
            receiver: pair.region,
            claims: [CursorClaim(lane: .main, cursor: cursor, seen: cursor.position, isProven: false)], nacks: [],
            holdLimit: 0))
        #expect(answer.body == .refused(refusal, .main))
      }
    }
  }

  @Test("a held request ends when the log grows, and an older request ends when a newer one comes")
  func hold() async throws {
    try await Pair.with { pair in
      try await sequence(pair)
      let sender = pair.sender(limits: SenderLimits(hold: 60_000))
      let claims = try await started(pair, sender)
      try await sequence(pair)
      // Reach the end of the log first, so that the next request is held.
      var current = claims
      for _ in 0..<3 {
        if let batch = try await batch(pair, sender, current) {
          let cursor = Cursor(epoch: batch.epoch, position: batch.to, chain: batch.chainAfter)
          current = [CursorClaim(lane: .main, cursor: cursor, seen: batch.head, isProven: false)]
        }
      }
      let end = current
      let region = pair.region
      try await withThrowingTaskGroup(of: SyncAnswer.self) { group in
        group.addTask {
          try await sender.answer(SyncRequest(receiver: region, claims: end, nacks: [], holdLimit: 60_000))
        }
        group.addTask {
          try await sender.answer(SyncRequest(receiver: region, claims: end, nacks: [], holdLimit: 60_000))
        }
        let older = try #require(try await group.next())
        #expect(older.body == .retry(after: 1000))
        try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
        try await sequence(pair)
        let newer = try #require(try await group.next())
        guard case .batch(let batch) = newer.body else {
          Issue.record("the held request got no batch: \(newer)")
          return
        }
        #expect(batch.rows.count == 1)
      }
    }
  }

  @Test("a log pruned beyond a cursor starts its receiver over, and the receiver ends up with everything")
  func pruned() async throws {
    try await Pair.with { pair in
      try await pair.settle()
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
      try await sequence(pair)
      try await pair.source.execute("UPDATE outbox.sequencer SET pruned = head, backend_pid = NULL")
      try await pair.settle()
      let contents = try await pair.contents()
      #expect(contents.source == contents.replica)
      #expect(contents.replica.count == 1)
    }
  }

  @Test("acknowledged cursors and reported rows are kept for operators")
  func acknowledgements() async throws {
    try await Pair.with { pair in
      try await pair.source.execute("INSERT INTO app.item (id, name) VALUES (gen_random_uuid(), 'poison')")
      try await pair.settle()
      try await pair.settle()
      let rows = try await pair.source.query("SELECT lane, position > 0 FROM outbox.receiver ORDER BY lane")
      #expect(try rows.decode((String, Bool).self).map(\.0) == ["main", "priority"])
      #expect(try await pair.source.query("SELECT code FROM outbox.nack").decode(String.self) == ["BAD_ROW"])
    }
  }
}
