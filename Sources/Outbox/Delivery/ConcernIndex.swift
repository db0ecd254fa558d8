internal import Postgres
internal import SyncProtocol

/// Knows whom the newest entries of the log concern, told by the sequencer of this process or read once a process, so that a change wakes only the receivers that it concerns.
///
/// A hint: what it does not know it answers with yes.
actor ConcernIndex {
  /// Segments remembered. Receivers further behind are woken by every change.
  private static let segmentsKept = 4096

  private struct Mark {
    let last: Position
    var isForAll: Bool
    var silos: Set<SiloNumber>
  }

  private let client: PostgresClient
  private let head: Doorbell
  private var marks: [Mark] = []
  /// Everything above is known up to ``through``.
  private var start: Position?
  private var through = Position.zero
  private var rings: UInt64 = 0
  private var catalog = KindCatalog()
  private var isReading = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(client: PostgresClient, head: Doorbell) {
    self.client = client
    self.head = head
  }

  /// Whether an entry above `position` concerns `receiver`.
  func concerns(_ receiver: SiloNumber, after position: Position) async -> Bool {
    while isReading { await withCheckedContinuation { waiting.append($0) } }
    let current = head.rings
    if start != nil, let news = head.news(after: through) {
      for news in news { mark(Mark(last: news.through, isForAll: news.isForAll, silos: news.silos)) }
      rings = current
    }
    if start == nil || rings != current {
      isReading = true
      do {
        try await read()
        rings = current
      } catch {
        start = nil
      }
      isReading = false
      let resumed = waiting
      waiting = []
      for continuation in resumed { continuation.resume() }
    }
    guard let start, position >= start else { return true }
    for mark in marks.reversed() {
      if mark.last <= position { return false }
      if mark.isForAll || mark.silos.contains(receiver) { return true }
    }
    return false
  }

  private func read() async throws {
    let client = client
    let from = start == nil ? nil : through
    let page = try await client.withConnection { connection in
      let after: Position
      if let from { after = from } else { after = try await LogReader.head(on: connection) }
      return try await LogReader.segments(after: after, lane: nil, limit: 1024, on: connection)
    }
    guard from != nil, page.head >= through else {
      // The first look, or a log that went back: begin at its head.
      marks = []
      start = page.head
      through = page.head
      return
    }
    for segment in page.segments {
      var mark = Mark(last: segment.last, isForAll: false, silos: [])
      for entry in try await decode(segment) {
        switch entry.receivers {
        case .all: mark.isForAll = true
        case .only(let silos): mark.silos.formUnion(silos)
        }
      }
      self.mark(mark)
    }
  }

  private func mark(_ mark: Mark) {
    marks.append(mark)
    through = mark.last
    if marks.count > Self.segmentsKept {
      let dropped = marks.count - Self.segmentsKept
      start = marks[dropped - 1].last
      marks.removeFirst(dropped)
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
