import FoundationEssentials
@testable import Outbox
import Postgres
import Synchronization
import SyncProtocol
import Testing

@Suite("Rows that a tick announced are read with the log, and the log decides")
struct RowForecastTests {
  /// A source that tells how its rows were asked for.
  private final class Spy: KindSource {
    struct Asked: Sendable, Hashable {
      var alone = 0
      var together = 0
    }

    let inner = TableSource(Pair.item, table: TableName("app", "item"), columns: ["name", "n"])
    let asked = Mutex(Asked())
    var declaration: KindDeclaration { inner.declaration }

    func receivers(of keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: Receivers] {
      try await inner.receivers(of: keys, on: connection)
    }

    func read(
      _ keys: [RowKey], for receiver: SiloNumber, on connection: PostgresConnection
    ) async throws -> [RowKey: SourceRow] {
      asked.withLock { $0.alone += 1 }
      return try await inner.read(keys, for: receiver, on: connection)
    }

    func reading(_ keys: [RowKey], for receiver: SiloNumber) -> SourceReading? {
      asked.withLock { $0.together += 1 }
      return inner.reading(keys, for: receiver)
    }

    func entitled(
      _ receiver: SiloNumber, after last: RowKey?, limit: Int, on connection: PostgresConnection
    ) async throws -> [RowKey] {
      try await inner.entitled(receiver, after: last, limit: limit, on: connection)
    }

    func chunk(
      _ receiver: SiloNumber, after last: RowKey?, limit: Int, on connection: PostgresConnection
    ) async throws -> [(key: RowKey, row: SourceRow)] {
      try await inner.chunk(receiver, after: last, limit: limit, on: connection)
    }
  }

  /// A log whose head the receiver has, and what the sender says after changes of `items`, announced as `announce` says.
  private func deliver(
    _ pair: Pair, items: [UUID], announce: (LogNews) throws -> LogNews?
  ) async throws -> (rows: [RowImage], asked: Spy.Asked) {
    let spy = Spy()
    let registry = KindRegistry(sources: [spy], interests: [RepairRows()])
    try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
    try await pair.settle()
    let sender = Sender(
      client: pair.source, stream: .control, registry: registry, doorbell: Doorbell(), head: pair.head,
      limits: SenderLimits(hold: 0), logger: pair.logger)
    let before = try await state(pair)
    let cursor = Cursor(epoch: before.epoch, position: before.head, chain: before.chain)
    let request = SyncRequest(
      receiver: pair.region, claims: [CursorClaim(lane: .main, cursor: cursor, seen: .zero, isProven: false)],
      nacks: [], holdLimit: 0)
    try await pair.source.execute("INSERT INTO app.item (id, n) SELECT unnest(\(items)), 5")
    try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
    // Its own bell: what the log grew by is told below.
    try await Sequencer(
      client: pair.source, registry: registry, doorbell: Doorbell(), head: Doorbell(), logger: pair.logger
    ).catchUp()
    let after = try await state(pair)
    let entries = try await pair.source.withConnection { connection in
      let catalog = try await KindStore.catalog(on: connection)
      return try await LogReader.segments(after: before.head, lane: nil, limit: 10, on: connection).segments.flatMap {
        try SegmentCodec.decode($0.entries, first: $0.first, catalog: catalog)
      }
    }
    let news = try #require(LogNews(entries, after: before.head, chain: after.chain))
    if let told = try announce(news) { pair.head.ring(told) }
    let answer = try await sender.answer(request)
    guard case .batch(let batch) = answer.body else {
      Issue.record("no batch: \(answer.body)")
      return ([], spy.asked.withLock { $0 })
    }
    #expect(batch.to == after.head)
    return (batch.rows, spy.asked.withLock { $0 })
  }

  private func state(_ pair: Pair) async throws -> LogState {
    try await pair.source.withConnection { try #require(try await LogStateStore.read(on: $0)) }
  }

  private func keys(_ rows: [RowImage]) -> Set<String> { Set(rows.map(\.row.key.text)) }
  private func keys(_ ids: [UUID]) -> Set<String> { Set(ids.map { $0.uuidString.lowercased() }) }

  @Test("what was announced is asked for once, together with the log")
  func announced() async throws {
    try await Pair.with { pair in
      let ids = (0..<3).map { _ in UUID() }
      let (rows, asked) = try await deliver(pair, items: ids) { $0 }
      #expect(keys(rows) == keys(ids))
      let field = RowImage.Field(name: "n", value: "5")
      let isWhole = rows.allSatisfy { $0.fields?.contains(field) ?? false }
      #expect(isWhole)
      #expect(asked == Spy.Asked(alone: 0, together: 1))
    }
  }

  @Test("nothing is asked for beforehand where nobody announced anything")
  func silent() async throws {
    try await Pair.with { pair in
      let ids = [UUID()]
      let (rows, asked) = try await deliver(pair, items: ids) { _ in nil }
      #expect(keys(rows) == keys(ids))
      #expect(asked == Spy.Asked(alone: 1, together: 0))
    }
  }

  @Test("when less was announced than the log holds, all of it is read")
  func less() async throws {
    try await Pair.with { pair in
      let ids = (0..<3).map { _ in UUID() }
      let (rows, asked) = try await deliver(pair, items: ids) {
        LogNews(Array($0.entries.prefix(1)), after: $0.from, chain: $0.chain)
      }
      #expect(keys(rows) == keys(ids))
      #expect(asked == Spy.Asked(alone: 1, together: 1))
    }
  }

  @Test("a row that was announced and is not in the log is not sent")
  func more() async throws {
    try await Pair.with { pair in
      let (id, other) = (UUID(), UUID())
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (\(other))")
      let (rows, asked) = try await deliver(pair, items: [id]) { news in
        let row = RowReference(kind: Pair.item.kind, key: try #require(RowKey(other.uuidString.lowercased())))
        let last = try #require(news.entries.last)
        let foreign = LogEntry(position: last.position, row: row, transaction: 1, receivers: .all)
        return LogNews(news.entries + [foreign], after: news.from, chain: news.chain)
      }
      #expect(keys(rows) == keys([id]))
      #expect(asked == Spy.Asked(alone: 0, together: 1))
    }
  }

  @Test("many rows, rows of others, of other lanes and of an interest's roots are not foreseen")
  func bounds() throws {
    let registry = KindRegistry(sources: [Spy()], interests: [RepairRows()])
    let (seven, eight) = (try #require(SiloNumber(7)), try #require(SiloNumber(8)))
    let item = RowReference(kind: Pair.item.kind, key: try #require(RowKey(UUID().uuidString.lowercased())))
    let repair = RowReference(kind: RepairRows().declaration.kind, key: item.key)
    func foresees(_ entries: [(RowReference, Receivers)], lane: Lane) throws -> Int {
      let head = Doorbell()
      let log = try entries.enumerated().map { index, entry in
        LogEntry(
          position: try #require(Position(Int64(index + 1))), row: entry.0, transaction: 1, receivers: entry.1)
      }
      head.ring(LogNews(log, after: .zero, chain: .origin))
      return RowForecast(for: seven, from: [lane: .zero], head: head, registry: registry).keys.values
        .reduce(0) { $0 + $1.count }
    }
    let mine = Receivers.only([seven])
    let theirs = Receivers.only([eight])
    let cases: [(entries: [(RowReference, Receivers)], lane: Lane, rows: Int)] = [
      ([(item, .all), (item, mine)], .main, 1),
      ([(item, theirs)], .main, 0),
      ([(item, .all)], .priority, 0),
      ([(item, .all), (repair, mine)], .main, 0),
      ([(item, .all), (repair, theirs)], .main, 1),
      (Array(repeating: (item, .all), count: LogNews.smallTick + 1), .main, 0),
      (Array(repeating: (item, .all), count: LogNews.smallTick), .main, 1),
    ]
    for (index, expected) in cases.enumerated() {
      let rows = try foresees(expected.entries, lane: expected.lane)
      #expect(rows == expected.rows, "case \(index)")
    }
  }
}
