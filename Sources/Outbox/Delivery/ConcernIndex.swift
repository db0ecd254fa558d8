internal import Postgres
internal import SyncProtocol

/// Knows whom the newest entries of the log concern, read once a process, so that a change wakes only the receivers that it concerns.
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
    let known = catalog
    let (page, read) = try await client.withConnection { connection in
      let catalog = try await KindStore.catalog(on: connection)
      let after: Position
      if let from { after = from } else { after = try await LogReader.head(on: connection) }
      return (try await LogReader.segments(after: after, lane: nil, limit: 1024, on: connection), catalog)
    }
    if read != known { catalog = read }
    guard from != nil, page.head >= through else {
      // The first look, or a log that went back: begin at its head.
      marks = []
      start = page.head
      through = page.head
      return
    }
    for segment in page.segments {
      var mark = Mark(last: segment.last, isForAll: false, silos: [])
      for entry in try SegmentCodec.decode(segment.entries, first: segment.first, catalog: catalog) {
        switch entry.receivers {
        case .all: mark.isForAll = true
        case .only(let silos): mark.silos.formUnion(silos)
        }
      }
      marks.append(mark)
      through = segment.last
    }
    if marks.count > Self.segmentsKept {
      let dropped = marks.count - Self.segmentsKept
      start = marks[dropped - 1].last
      marks.removeFirst(dropped)
    }
  }
}
