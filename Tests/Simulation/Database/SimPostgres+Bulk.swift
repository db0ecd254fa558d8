import SyncProtocol

/// Operations 16, 20, 21 and 23 of the storage port: rows beside the stream.
extension SimPostgres {
  /// Rows that one chunk may sweep: few, so that chunks are cut short.
  static let sweepLimit = 2

  /// What happened while a bulk answer was applied, for marks.
  struct BulkReport {
    var outcome = BulkOutcome.forgotten
    var isBusy = false
    var swept = 0
    var olderThanRow = 0
    var olderThanRemove = 0
    var ended = 0
    var hasEndedLane = false
  }

  func readBulk(receiver: SiloNumber, _ request: BulkRequest, planted: PlantedBug?) -> BulkAnswer {
    let version = RowVersion(generation: 0, epoch: state.epoch.ordinal, head: state.head)
    var rows: [RowImage] = []
    var range: ChunkRange?
    switch request.wanted {
    case .references(let references):
      for reference in Set(references).sorted() {
        guard let row = entitled(reference, receiver: receiver, planted: planted) else { continue }
        rows.append(RowImage(row: reference, version: version, fields: row.fields))
      }
    case .chunk(let kind, let after):
      let rest = named(kind, for: receiver, planted: planted).filter { key in after.map { $0 < key.key } ?? true }
      let page = rest.prefix(request.rowLimit)
      for reference in page {
        let row = chunkRow(reference, receiver: receiver, planted: planted)
        if row == nil, planted == .chunkRemovesForgotten { continue }
        rows.append(RowImage(row: reference, version: version, fields: row?.fields))
      }
      let isLast = rest.count <= page.count && page.count < request.rowLimit
      range = ChunkRange(kind, keys: KeyRange(after: after, through: isLast ? nil : page.last?.key))
    }
    return BulkAnswer(
      id: request.id, stream: silo, audience: receiver, epoch: state.epoch, head: state.head,
      isExact: !hasUnsequenced, chunk: range, rows: rows)
  }

  /// The one reader; or the planted bug: a snapshot that asks nobody's ring.
  private func chunkRow(_ row: RowReference, receiver: SiloNumber, planted: PlantedBug?) -> SimRow? {
    if planted == .ringBypassedBySnapshot, row.kind == SimKind.flag, isControl {
      return rows[SimKind.release(0, SimKind.number(row.key))]
    }
    return entitled(row, receiver: receiver, planted: planted)
  }

  /// The keys of a kind that a receiver must be told of, ascending.
  private func named(_ kind: Kind, for receiver: SiloNumber, planted: PlantedBug?) -> [RowReference] {
    var found = kind == SimKind.flag ? allFlags : references(kind)
    if isControl {
      found.removeAll { chunkRow($0, receiver: receiver, planted: planted) == nil }
    } else if kind == SimKind.member {
      // Memberships that ended here and are still granted there: a sweep ends no grant.
      let ended = endedMemberships.keys.filter { replicas[.control]?[SimKind.grant($0)] != nil }
      found = Set(found + ended.map(SimKind.member)).sorted()
    }
    return found
  }

  mutating func recordBulk(_ request: BulkRequest) {
    guard let cursor = lanes[request.stream]?[request.lane]?.cursor else { return }
    if case .chunk(let kind, let after) = request.wanted {
      let progress = snapshots[request.stream]?[kind]?.after
      bulk.removeAll { known in
        guard known.request.stream == request.stream, case .chunk(kind, let start) = known.request.wanted else {
          return false
        }
        return start != after && start != progress
      }
    }
    if !bulk.contains(where: { $0.request.id == request.id }) { bulk.append(SimBulk(request: request, madeAt: cursor)) }
  }

  mutating func applyBulk(_ answer: BulkAnswer, time: Int64, planted: PlantedBug?) -> BulkReport {
    var report = BulkReport()
    let isAnyTaken = answer.chunk == nil && planted == .staleBulkAnswerAccepted
    let known = bulk.first { $0.request.id == answer.id }
    guard let lane = known?.request.lane ?? answer.rows.first.map({ SimKind.lane($0.row.kind) }),
      known != nil || isAnyTaken, let before = lanes[answer.stream]?[lane]
    else { return report }
    for image in answer.rows {
      if case .busy = verdict(image, from: answer.stream, planted: planted) {
        report.isBusy = true
        return report
      }
    }
    bulk.removeAll { $0.request.id == answer.id }
    guard answer.epoch == before.cursor.epoch || isAnyTaken else { return report }
    if let chunk = answer.chunk {
      guard let resync = before.resync, resync.isChunked,
        isAnyTaken || resync.epoch == answer.epoch.ordinal && answer.head >= resync.bound
      else { return report }
      let progress = snapshots[answer.stream]?[chunk.kind] ?? .init()
      guard !progress.isDone, progress.after == chunk.keys.after else { return report }
    }
    var state = before
    state.seen = max(state.seen, answer.reach)
    if planted != .cutClaimedBeforeChunkHeads || answer.chunk == nil {
      state.consistentAt = max(state.consistentAt, answer.reach)
      state.isConsistencyKnown = false
    }
    lanes[answer.stream]?[lane] = state
    report.outcome = .applied(nil)
    applyBulkRows(answer, time: time, planted: planted, &report)
    return report
  }

  mutating func applyBulkRows(_ answer: BulkAnswer, time: Int64, planted: PlantedBug?, _ report: inout BulkReport) {
    for image in answer.rows {
      if let row = replicas[answer.stream]?[image.row], image.version < row.version { report.olderThanRow += 1 }
      if let tombstone = tombstones[answer.stream]?[image.row], image.version < tombstone {
        report.olderThanRemove += 1
      }
      if image.fields == nil { report.ended += 1 }
      _ = merge(image, from: answer.stream, time: time, planted: planted)
    }
    guard let chunk = answer.chunk else { return }
    let swept = sweep(chunk, answer, planted: planted)
    report.swept = swept.count
    report.outcome = .applied(advance(chunk, answer, swept: swept, &report))
  }

  private mutating func sweep(_ chunk: ChunkRange, _ answer: BulkAnswer, planted: PlantedBug?) -> [RowKey] {
    let there = Set(answer.rows.map(\.row))
    var swept: [RowKey] = []
    for row in (replicas[answer.stream] ?? [:]).keys.sorted() where row.kind == chunk.kind && !there.contains(row) {
      let range = planted == .chunkSweepBeyondItsRange ? KeyRange(after: nil, through: nil) : chunk.keys
      guard range.contains(row.key, order: .bytes), swept.count < Self.sweepLimit,
        let replica = replicas[answer.stream]?[row]
      else { continue }
      guard
        (replica.version.epoch, replica.version.head) < (answer.epoch.ordinal, answer.head)
          || planted == .chunkSweepIgnoresVersions
      else { continue }
      replicas[answer.stream]?[row] = nil
      tombstones[answer.stream, default: [:]][row] = RowVersion(
        generation: replica.version.generation, epoch: answer.epoch.ordinal, head: answer.head)
      swept.append(row.key)
    }
    return swept
  }

  mutating func advance(
    _ chunk: ChunkRange, _ answer: BulkAnswer, swept: [RowKey], _ report: inout BulkReport
  ) -> SnapshotState.Progress {
    var progress = snapshots[answer.stream]?[chunk.kind] ?? .init()
    let isWhole = swept.count < Self.sweepLimit
    progress.after = isWhole ? chunk.keys.through : swept.last
    progress.isDone = isWhole && progress.after == nil
    progress.rows += Int64(answer.rows.count)
    snapshots[answer.stream, default: [:]][chunk.kind] = progress
    for lane in Lane.allCases where lanes[answer.stream]?[lane]?.resync?.isChunked == true {
      let kinds = SimKind.kinds(sentBy: answer.stream, withEvents: hasEvents).filter { $0.lane == lane }
      guard kinds.allSatisfy({ snapshots[answer.stream]?[$0.kind]?.isDone == true }) else { continue }
      lanes[answer.stream]?[lane]?.resync = nil
      report.hasEndedLane = true
    }
    return progress
  }

  func readSnapshot(stream: SiloNumber) -> SnapshotState? {
    let open = (lanes[stream] ?? [:]).filter { _, lane in
      lane.resync.map { $0.isChunked && $0.epoch == lane.cursor.epoch.ordinal } ?? false
    }
    guard let first = open.min(by: { $0.key.rawValue < $1.key.rawValue })?.value, let resync = first.resync else {
      return nil
    }
    let outstanding = bulk.compactMap { known -> SnapshotState.Outstanding? in
      guard known.request.stream == stream, case .chunk(let kind, let after) = known.request.wanted else { return nil }
      return .init(id: known.request.id, kind: kind, after: after)
    }
    return SnapshotState(
      epoch: first.cursor.epoch, bound: resync.bound, lanes: Set(open.keys), kinds: snapshots[stream] ?? [:],
      outstanding: outstanding.sorted { $0.id < $1.id })
  }
}
