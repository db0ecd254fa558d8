import FoundationEssentials
@testable import Outbox
import Postgres
import SyncProtocol
import Testing

@Suite("A receiver reads and wakes for what may concern it")
struct ConcernIndexTests {
  private func silo(_ number: Int) throws -> SiloNumber { try #require(SiloNumber(number)) }

  /// What a tick of `count` entries for some silos tells.
  private func news(_ from: Int64, _ count: Int64, for silos: [Int], chain: UInt8) throws -> LogNews {
    let receivers = Receivers.only(try silos.map { try silo($0) })
    let entries = try (1...count).map { offset in
      LogEntry(
        position: try #require(Position(from + offset)),
        row: RowReference(kind: Pair.item.kind, key: try #require(RowKey(UUID().uuidString.lowercased()))),
        transaction: 1, receivers: receivers)
    }
    let hash = try #require(ChainHash(bytes: [UInt8](repeating: chain, count: 32)))
    let start = try #require(Position(from))
    return try #require(LogNews(entries, after: start, chain: hash))
  }

  /// Item rows belong to the silo that `n` names.
  private func sources() -> KindRegistry {
    KindRegistry(
      sources: [
        TableSource(Pair.item, table: TableName("app", "item"), columns: ["name"], audience: .column("n"))
      ], interests: [RepairRows()])
  }

  @Test("the index knows whom news concern, and where a silence ends")
  func knows() async throws {
    try await Pair.with { pair in
      try await pair.sequencer().catchUp()
      let (seven, eight) = (try silo(7), try silo(8))
      let index = ConcernIndex(client: pair.source, head: pair.head, registry: sources())
      let start = try #require(Position(0))
      #expect(await !index.concerns(seven, after: [.main: start]))
      #expect(await index.silence(for: seven, in: .main, after: start) == nil)
      pair.head.ring(try news(0, 100, for: [8], chain: 1))
      pair.head.ring(try news(100, 1, for: [7], chain: 2))
      pair.head.ring(try news(101, 80, for: [8, 9], chain: 3))
      #expect(await index.concerns(seven, after: [.main: start]))
      #expect(await index.concerns(eight, after: [.main: try #require(Position(150))]))
      #expect(await !index.concerns(seven, after: [.main: try #require(Position(101))]))
      let before = try #require(await index.silence(for: seven, in: .main, after: start))
      #expect(before.through.value == 100 && before.chain.bytes.first == 1)
      let later = try #require(Position(101))
      let behind = try #require(await index.silence(for: seven, in: .main, after: later))
      #expect(behind.through.value == 181 && behind.chain.bytes.first == 3)
      #expect(await index.silence(for: eight, in: .main, after: start) == nil)
      // What is delivered in one lane leaves another silent, however far behind that is.
      #expect(await !index.concerns(seven, after: [.priority: start, .main: later]))
      #expect(await index.silence(for: seven, in: .priority, after: start)?.through.value == 181)
    }
  }

  @Test("an index that begins in the middle of a log knows what stands right behind it")
  func looksBack() async throws {
    try await Pair.with { pair in
      let registry = sources()
      try await KindStore.prepare(registry, on: pair.source)
      let sequencer = Sequencer(
        client: pair.source, registry: registry, doorbell: pair.doorbell, head: pair.head, logger: pair.logger)
      try await tick(pair, sequencer, [(100, 8), (1, 7), (100, 8)])
      let head = try await pair.source.withConnection { try await LogReader.head(on: $0) }
      let index = ConcernIndex(client: pair.source, head: Doorbell(), registry: registry)
      let (start, last) = (try #require(Position(head.value - 201)), try #require(Position(head.value - 100)))
      #expect(await index.concerns(try silo(7), after: [.main: start]))
      #expect(await !index.concerns(try silo(7), after: [.main: last]))
      #expect(await index.silence(for: try silo(7), in: .main, after: start)?.through.value == head.value - 101)
      #expect(await index.silence(for: try silo(7), in: .main, after: last)?.through == head)
      // A request that is cancelled while the log is read costs nobody what is known.
      let cancelled = Task { await index.concerns(try silo(7), after: [.main: last]) }
      cancelled.cancel()
      _ = try await cancelled.value
      #expect(await !index.concerns(try silo(7), after: [.main: last]))
    }
  }

  @Test("of those that wait for what concerns a silo only those wake, and all when nobody says what happened")
  func wakes() async throws {
    let bell = Doorbell()
    let other = Doorbell()
    let (seven, eight) = (try silo(7), try silo(8))
    let seen = bell.rings
    try await withThrowingTaskGroup { group in
      for silo in [seven, eight] {
        group.addTask {
          await bell.wait(concerning: silo, beyond: seen, or: (other, beyond: 0), until: .now + .seconds(3600))
        }
      }
      while bell.waiting < 2 { await Task.yield() }
      bell.ring(try news(0, 1, for: [7, 9], chain: 1))
      #expect(bell.waiting == 1)
      bell.ring(nil)
      #expect(bell.waiting == 1, "a tick without entries concerns nobody")
      bell.ring()
      #expect(bell.waiting == 0)
      try await group.waitForAll()
    }
  }

  @Test("a row among many of others arrives alone, and its interval ends where the log does")
  func skips() async throws {
    try await withBatches(of: [(200, 8), (1, 7), (200, 8)]) { first, second in
      #expect(first.rows.count == 1 && first.to.value >= first.head.value - 200)
      #expect(second.rows.isEmpty && second.to == second.head)
    }
  }

  @Test("a batch ends where the log falls silent, and the next one brings what comes behind")
  func stops() async throws {
    // More segments of others than two fetches hold.
    let others = [(count: Int64, silo: Int64)](repeating: (1, 8), count: Int(SenderStorage.segmentsPerFetch) * 2)
    try await withBatches(of: [(1, 7)] + others + [(1, 7)]) { first, second in
      #expect(first.rows.count == 1 && first.to < first.head)
      #expect(second.rows.count == 1 && second.to == second.head)
    }
  }

  @Test("what the index says of a log that the database does not hold is not believed")
  func otherLog() async throws {
    try await Pair.with { pair in
      try await pair.sequencer().catchUp()
      let sender = pair.sender()
      let claim = try await start(pair, sender)
      let from = try #require(claim.cursor).position.value
      // Another process's sequencer: this one's doorbell hears nothing of it, and is told something else.
      let elsewhere = Sequencer(
        client: pair.source, registry: pair.sources, doorbell: Doorbell(), head: Doorbell(), logger: pair.logger)
      try await pair.fill(100)
      try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
      try await elsewhere.catchUp()
      pair.head.ring(try news(from, 100, for: [8], chain: 9))
      #expect(try await batch(pair, sender, claim).rows.count == 100)
    }
  }

  /// Lets the log grow by a tick for each: so many rows of a silo.
  private func tick(
    _ pair: Pair, _ sequencer: Sequencer, _ ticks: [(count: Int64, silo: Int64)]
  ) async throws {
    for (count, silo) in ticks {
      try await pair.source.execute(
        "INSERT INTO app.item (id, name, n) SELECT gen_random_uuid(), 'x', \(silo) FROM generate_series(1, \(count))")
      try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
      try await sequencer.catchUp()
    }
  }

  /// Looks at the two batches that a receiver gets one after the other of a log that grew by these ticks since it began.
  private func withBatches(
    of ticks: [(count: Int64, silo: Int64)], _ look: (_ first: Batch, _ second: Batch) -> Void
  ) async throws {
    try await Pair.with { pair in
      let registry = sources()
      try await KindStore.prepare(registry, on: pair.source)
      let sequencer = Sequencer(
        client: pair.source, registry: registry, doorbell: pair.doorbell, head: pair.head, logger: pair.logger)
      let sender = Sender(
        client: pair.source, stream: .control, registry: registry, doorbell: pair.doorbell, head: pair.head,
        limits: SenderLimits(hold: 0), logger: pair.logger)
      try await sequencer.catchUp()
      let claim = try await start(pair, sender)
      try await tick(pair, sequencer, ticks)
      let first = try await batch(pair, sender, claim)
      let reached = Cursor(epoch: first.epoch, position: first.to, chain: first.chainAfter)
      let next = CursorClaim(lane: .main, cursor: reached, seen: first.head, isProven: false)
      look(first, try await batch(pair, sender, next))
    }
  }

  private func start(_ pair: Pair, _ sender: Sender) async throws -> CursorClaim {
    let claim = CursorClaim(lane: .main, cursor: nil, seen: .zero, isProven: false)
    let answer = try await sender.answer(
      SyncRequest(receiver: pair.region, claims: [claim], nacks: [], holdLimit: 0))
    guard case .resynchronize(let start) = answer.body else { throw NotExpected(answer: answer) }
    let next = CursorClaim(lane: .main, cursor: start.start, seen: start.start.position, isProven: false)
    // The first look of the process's index at the log.
    _ = try await sender.answer(SyncRequest(receiver: pair.region, claims: [next], nacks: [], holdLimit: 0))
    return next
  }

  private func batch(_ pair: Pair, _ sender: Sender, _ claim: CursorClaim) async throws -> Batch {
    let answer = try await sender.answer(
      SyncRequest(receiver: pair.region, claims: [claim], nacks: [], holdLimit: 0))
    guard case .batch(let batch) = answer.body else { throw NotExpected(answer: answer) }
    return batch
  }

  private struct NotExpected: Error { let answer: SyncAnswer }
}
