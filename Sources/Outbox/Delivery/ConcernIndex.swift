internal import Postgres
internal import SyncProtocol

/// Knows whom the newest entries of the log concern, told by the sequencer of this process or read once a process: a change wakes only the receivers that it
/// concerns, and a receiver's request does not read what does not concern it.
///
/// Whether something concerns a receiver is a hint: what is not known is answered with yes. Who skips entries by ``silence(for:after:)`` has to check its
/// chain, because the log of this process may not be the database's any more.
actor ConcernIndex {
  /// The end of a part of the log that does not concern a receiver, and the chain there.
  struct Silence: Sendable, Hashable {
    let through: Position
    let chain: ChainHash
  }

  /// Ticks remembered. Receivers further behind are woken by every change and read everything.
  private static let marksKept = 16_384
  /// How far behind the head the first look begins: where most receivers are when a process starts.
  private static let positionsBehind: Int64 = 16_384
  private static let segmentsPerPage = 1024
  /// A silence of fewer positions is not worth its check.
  private static let worthSkipping: Int64 = 64

  private let client: PostgresClient
  private let head: Doorbell
  private let registry: KindRegistry
  /// The ends of ticks or segments, ascending.
  private var marks: [Silence] = []
  /// The marks that concern a silo in a lane, and all silos, ascending.
  private var concerning: [SiloNumber: [Lane: [Position]]] = [:]
  private var concerningAll: [Lane: [Position]] = [:]
  /// Everything above is known up to ``through``.
  private var start: Position?
  private var through = Position.zero
  private var rings: UInt64 = 0
  private var catalog = KindCatalog()
  private var isReading = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(client: PostgresClient, head: Doorbell, registry: KindRegistry) {
    self.client = client
    self.head = head
    self.registry = registry
  }

  /// Whether an entry of a lane above its position there concerns `receiver`.
  func concerns(_ receiver: SiloNumber, after positions: [Lane: Position]) async -> Bool {
    guard await catchUp(), let start, !positions.isEmpty, positions.values.allSatisfy({ $0 >= start }) else {
      return true
    }
    return positions.contains { lane, position in
      [concerning[receiver]?[lane]?.last, concerningAll[lane]?.last].contains { $0.map { $0 > position } ?? false }
    }
  }

  /// How far behind `position` nothing in a lane concerns `receiver`; nil when that is not known or not far.
  func silence(for receiver: SiloNumber, in lane: Lane, after position: Position) async -> Silence? {
    guard await catchUp(), let start, position >= start else { return nil }
    let first = [concerning[receiver]?[lane] ?? [], concerningAll[lane] ?? []].compactMap { list in
      list[list.partition { $0 > position }...].first
    }.min()
    let end = first.map { first in marks.partition { $0.through >= first } } ?? marks.count
    guard end > 0, marks[end - 1].through.value - position.value >= Self.worthSkipping else { return nil }
    return marks[end - 1]
  }

  /// Learns what the log grew by; false when that could not be found out now.
  private func catchUp() async -> Bool {
    while isReading { await withCheckedContinuation { waiting.append($0) } }
    let current = head.rings
    if start != nil, let news = head.news(after: through) {
      for news in news { mark(news) }
      rings = current
    }
    guard start == nil || rings != current else { return true }
    isReading = true
    defer {
      isReading = false
      let resumed = waiting
      waiting = []
      for continuation in resumed { continuation.resume() }
    }
    do {
      try await read()
      rings = current
      return true
    } catch {
      // Cancelled with its request, or the database is away: the next one tries again.
      return false
    }
  }

  /// Reads on to the head of the log; at first, and when the log went back, from some way behind it.
  private func read() async throws {
    var page = try await page(after: start == nil ? nil : through)
    if start == nil || page.head < through {
      let behind = Position(max(0, page.head.value - Self.positionsBehind)) ?? .zero
      page = try await self.page(after: behind)
      marks = []
      concerning = [:]
      concerningAll = [:]
      // Below the first segment the log may be pruned.
      let known = page.segments.first.flatMap { Position($0.first.value - 1) } ?? page.head
      start = max(behind, known)
      through = max(behind, known)
    }
    while true {
      for segment in page.segments {
        if let news = LogNews(try await decode(segment), after: through, chain: segment.chain) { mark(news) }
      }
      guard page.segments.count == Self.segmentsPerPage else { return }
      page = try await self.page(after: through)
    }
  }

  private func page(after position: Position?) async throws -> LogReader.Page {
    let client = client
    return try await client.withConnection { connection in
      guard let position else {
        return LogReader.Page(head: try await LogReader.head(on: connection), segments: [])
      }
      return try await LogReader.segments(
        after: position, lane: nil, limit: Int64(Self.segmentsPerPage), on: connection)
    }
  }

  private func mark(_ news: LogNews) {
    marks.append(Silence(through: news.through, chain: news.chain))
    through = news.through
    for (kind, concern) in news.concerns {
      for lane in lanes(of: kind) {
        if concern.isForAll { concerningAll[lane, default: []].note(through) }
        for silo in concern.silos { concerning[silo, default: [:]][lane, default: []].note(through) }
      }
    }
    if marks.count >= Self.marksKept * 2 { forget(marks.count - Self.marksKept) }
  }

  /// The lanes that rows of a kind may be delivered in.
  private func lanes(of kind: Kind) -> [Lane] {
    guard registry.interests[kind] == nil, let lane = registry.lane(of: kind) else { return Lane.allCases }
    return [lane]
  }

  private func forget(_ count: Int) {
    let end = marks[count - 1].through
    start = end
    marks.removeFirst(count)
    concerningAll = concerningAll.mapValues { $0.behind(end) }
    for (silo, lanes) in concerning {
      let rest = lanes.mapValues { $0.behind(end) }.filter { !$0.value.isEmpty }
      concerning[silo] = rest.isEmpty ? nil : rest
    }
  }

  /// The segment's entries, with the kinds read anew when one is unknown.
  private func decode(_ segment: LogReader.Segment) async throws -> [LogEntry] {
    do {
      return try SegmentCodec.decode(segment.entries, first: segment.first, catalog: catalog)
    } catch SegmentCodec.Malformed.unknownKind {
      let client = client
      catalog = try await client.withConnection { try await KindStore.catalog(on: $0) }
      return try SegmentCodec.decode(segment.entries, first: segment.first, catalog: catalog)
    }
  }
}

extension Array {
  /// The index of the first element that `isBehind` holds for, in an array in which it holds for none before and all after.
  fileprivate func partition(_ isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension [Position] {
  /// Appends a position that several kinds may have.
  fileprivate mutating func note(_ position: Position) {
    if last != position { append(position) }
  }

  fileprivate func behind(_ end: Position) -> [Position] { Array(self[partition { $0 > end }...]) }
}
