/// Answers one receiver's requests from the log: checks its cursors, chooses a lane, assembles an interval of whole transactions, has the entitled state
/// read, and labels it. The same machine serves pulls at control and pushes at a region; one instance a receiver.
///
/// A value without I/O or clock. At most one storage operation is outstanding; a new request replaces one that is held.
public struct SenderMachine: Sendable, Hashable {
  public enum Input: Sendable, Hashable {
    case request(SyncRequest)
    /// The log grew, perhaps.
    case headMoved
    /// The wait that `Effect.hold` asked for is over.
    case holdExpired
    /// Somebody at the receiver will wait for what is here by now: answer without further hold.
    case hurried
    case log(LogView)
    case epochStarted
    case recorded
    case finalized
    case resynchronizing(token: UInt64)
    case entries(EntriesView)
    case rows(DeliveryView)
    case failed(StorageTrouble)
    /// A commit was sent and no answer came. Every writing operation of a sender may be repeated, so the request is simply tried again.
    case outcomeUnknown
  }

  public enum Effect: Sendable, Hashable {
    case storage(SenderOperation)
    /// Send `holdExpired` after so many milliseconds unless `headMoved` comes first.
    case hold(Int64)
    case answer(SyncAnswer)
    /// A peer shows a cursor that cannot be, without proof. Counted and shown to operators.
    case alarm(SyncRefusal, SiloNumber)
  }

  enum Phase: Sendable, Hashable {
    case idle
    case readingLog
    case startingEpoch
    case recording
    case finalizing(Mark)
    case resynchronizing(SyncRefusal)
    /// Reads the entries of the first lane; the others follow if it has none.
    case readingEntries(Lane, remaining: [Lane], empty: [EmptyLane])
    case readingRows(Interval)
    case holding
  }

  /// A lane that was searched and has nothing for the receiver.
  struct EmptyLane: Sendable, Hashable {
    let lane: Lane
    let through: Position
  }

  /// What is being read.
  struct Interval: Sendable, Hashable {
    let lane: Lane
    let from: Cursor
    let to: Position
    /// The entries of the interval; none where it is empty.
    let entries: [LogEntry]
  }

  /// A position with the snapshot that was complete there: a receiver at or past it has applied what the snapshot sees.
  struct Mark: Sendable, Hashable {
    let epoch: Epoch
    let head: Position
    let snapshot: TransactionSnapshot
  }

  public let stream: SiloNumber
  public let limits: SenderLimits
  let planted: PlantedBug?
  var phase = Phase.idle
  var request: SyncRequest?
  var view: LogView?
  var cursors: [Lane: Cursor] = [:]
  private var marks: [Mark] = []
  /// Exits up to here are finalized. An exit appends to the log, so asking again at the same head would find nothing, however much later its snapshot is.
  private var finalizedMark: Mark?
  private var held: Int64 = 0
  private var hasHeld = false
  /// Entries of the next batch: fewer than the limit after their rows were too much, and slowly more again.
  private var entryLimit: Int

  public init(stream: SiloNumber, limits: SenderLimits = .init()) {
    self.init(stream: stream, limits: limits, planted: nil)
  }

  package init(stream: SiloNumber, limits: SenderLimits, planted: PlantedBug?) {
    self.stream = stream
    self.limits = limits
    self.planted = planted
    entryLimit = limits.batch
  }

  /// Takes one input. `held` is how many milliseconds of the request's life were spent holding (only for `request`, `headMoved`, `holdExpired` and `hurried`).
  public mutating func handle(_ input: Input, held: Int64 = 0) -> [Effect] {
    switch (phase, input) {
    case (.idle, .request(let request)), (.holding, .request(let request)): return begin(request, held: held)
    case (.holding, .headMoved), (.holding, .holdExpired):
      self.held = max(self.held, held)
      return readLog()
    case (.holding, .hurried):
      self.held = max(self.held, held)
      request?.holdLimit = 0
      return readLog()
    case (_, .failed), (_, .outcomeUnknown):
      return phase == .idle || phase == .holding ? [] : answer(.retry(after: limits.retry))
    case (.readingLog, .log(let view)): return validate(view)
    case (.startingEpoch, .epochStarted): return readLog()
    case (.recording, .recorded): return finalize()
    case (.finalizing(let mark), .finalized):
      finalizedMark = mark
      return search()
    case (.resynchronizing(let reason), .resynchronizing(let token)): return resynchronize(reason, token)
    case (.readingEntries(let lane, let remaining, let empty), .entries(let entries)):
      return found(entries, lane, remaining, empty)
    case (.readingRows(let interval), .rows(let rows)): return deliver(interval, rows)
    default: return []
    }
  }

  private mutating func begin(_ request: SyncRequest, held: Int64) -> [Effect] {
    self.request = request
    self.held = held
    hasHeld = false
    let lanes = request.claims.map(\.lane)
    guard !lanes.isEmpty, Set(lanes).count == lanes.count else {
      return answer(.refused(.malformed, lanes.first ?? .main))
    }
    return readLog()
  }

  private mutating func readLog() -> [Effect] {
    guard let request else { return [] }
    phase = .readingLog
    let positions = request.claims.compactMap { $0.cursor?.position }
    return [.storage(.readLog(receiver: request.receiver, chainsAt: positions.sorted()))]
  }

  private mutating func validate(_ view: LogView) -> [Effect] {
    guard let request else { return [] }
    self.view = view
    cursors = [:]
    if view.state.isComplete {
      marks.append(Mark(epoch: view.state.epoch, head: view.state.head, snapshot: view.state.completeSnapshot))
      if marks.count > 16 { marks.removeFirst() }
    }
    var startOver: SyncRefusal?
    for claim in request.claims {
      switch CursorVerdict(claim, in: view, planted: planted) {
      case .continues(let cursor): cursors[claim.lane] = cursor
      case .resynchronize(let reason): startOver = startOver ?? reason
      case .startEpoch(let ordinal):
        phase = .startingEpoch
        return [.storage(.startEpoch(atLeast: ordinal))]
      case .refuse(let reason): return [.alarm(reason, request.receiver)] + answer(.refused(reason, claim.lane))
      }
    }
    if let startOver, request.snapshots != .unable { return resynchronize(startOver, nil) }
    if let startOver {
      phase = .resynchronizing(startOver)
      return [.storage(.beginResync(receiver: request.receiver))]
    }
    phase = .recording
    return [
      .storage(
        .recordAcknowledgement(
          receiver: request.receiver, cursors: cursors, nacks: hasHeld ? [] : request.nacks))
    ]
  }

  /// Interests that the receiver has provably left, and events that it took: every lane's cursor is at or past a head whose complete snapshot is known. A
  /// receiver that takes a snapshot stands at the head and has nothing yet.
  private mutating func finalize() -> [Effect] {
    guard let request, let view else { return [] }
    guard request.snapshots != .running else { return search() }
    let applied = cursors.values.map(\.position).min() ?? .zero
    let isWhole = cursors[.main] != nil && cursors[.priority] != nil
    let reached = marks.lastIndex { $0.epoch == view.state.epoch && ($0.head <= applied && isWhole) }
    let mark = planted == .exitFinalizedBeforeAcknowledged ? marks.indices.last : reached
    guard let mark else { return search() }
    let passed = marks[mark]
    marks.removeFirst(mark)
    if let last = finalizedMark, last.epoch == passed.epoch, last.head == passed.head { return search() }
    phase = .finalizing(passed)
    return [
      .storage(.finalizeExits(receiver: request.receiver, appliedBy: passed.snapshot, through: passed.head))
    ]
  }

  private mutating func resynchronize(_ reason: SyncRefusal, _ token: UInt64?) -> [Effect] {
    guard let view else { return [] }
    let start = Cursor(epoch: view.state.epoch, position: view.state.head, chain: view.state.chain)
    return answer(.resynchronize(Resynchronization(start: start, token: token, reason: reason)))
  }

  private mutating func search() -> [Effect] {
    let lanes = Lane.allCases.filter { cursors[$0] != nil }
    guard let first = lanes.first else { return answer(.retry(after: limits.retry)) }
    return search(first, remaining: Array(lanes.dropFirst()), empty: [])
  }

  private mutating func search(_ lane: Lane, remaining: [Lane], empty: [EmptyLane]) -> [Effect] {
    guard let request, let cursor = cursors[lane] else { return [] }
    phase = .readingEntries(lane, remaining: remaining, empty: empty)
    return [
      .storage(
        .readEntries(receiver: request.receiver, lane: lane, after: cursor.position, limit: limits.batch + 1))
    ]
  }

  private mutating func found(
    _ view: EntriesView, _ lane: Lane, _ remaining: [Lane], _ empty: [EmptyLane]
  ) -> [Effect] {
    guard let cursor = cursors[lane] else { return [] }
    if view.entries.isEmpty {
      let empty = empty + [EmptyLane(lane: lane, through: max(view.through, cursor.position))]
      // What was not searched to its end may still hold something: the receiver comes again from there, without a hold.
      let isSearched = view.through >= (self.view?.state.head ?? .zero) || view.through <= cursor.position
      if !isSearched || view.through.value - cursor.position.value >= limits.lateLane {
        return read(lane, cursor, to: view.through, entries: [])
      }
      if let next = remaining.first { return search(next, remaining: Array(remaining.dropFirst()), empty: empty) }
      return nothing(empty)
    }
    let (entries, to) = IntervalAssembly.choose(
      view, limit: entryLimit, wholeTransaction: limits.wholeTransaction, planted: planted)
    return read(lane, cursor, to: to, entries: Array(entries))
  }

  /// No lane has anything for the receiver: hold the answer, then give the lane that is furthest behind an empty interval; of equals the one that
  /// the receiver named first.
  private mutating func nothing(_ empty: [EmptyLane]) -> [Effect] {
    guard let request else { return [] }
    let hold = min(request.holdLimit, limits.hold) - held
    if hold > 0 {
      hasHeld = true
      phase = .holding
      return [.hold(hold)]
    }
    let order = request.claims.map(\.lane)
    let named = order.compactMap { lane in empty.first { $0.lane == lane } }
    let behind = named.min { lag($0) > lag($1) }
    guard let behind, let cursor = cursors[behind.lane] else { return answer(.retry(after: limits.retry)) }
    return read(behind.lane, cursor, to: behind.through, entries: [])
  }

  private func lag(_ lane: EmptyLane) -> Int64 {
    lane.through.value - (cursors[lane.lane]?.position.value ?? 0)
  }

  private mutating func read(_ lane: Lane, _ cursor: Cursor, to: Position, entries: [LogEntry]) -> [Effect] {
    guard let request else { return [] }
    phase = .readingRows(Interval(lane: lane, from: cursor, to: to, entries: entries))
    return [
      .storage(
        .readRows(
          DeliveryQuery(
            receiver: request.receiver, lane: lane, to: to, references: Set(entries.map(\.row)).sorted(),
            byteLimit: entries.count > 1 ? limits.bytes : nil)))
    ]
  }

  /// The rows of an interval are too much for one batch: half of its entries, whole transactions if there are any, else a part of the first.
  private mutating func halve(_ interval: Interval) -> [Effect] {
    let count = interval.entries.count
    entryLimit = max(1, count / 2)
    let view = EntriesView(entries: interval.entries, through: interval.to)
    var (entries, to) = IntervalAssembly.choose(
      view, limit: entryLimit, wholeTransaction: limits.wholeTransaction, planted: nil)
    if entries.count == count {
      (entries, to) = IntervalAssembly.choose(view, limit: entryLimit, wholeTransaction: 0, planted: nil)
    }
    return read(interval.lane, interval.from, to: to, entries: Array(entries))
  }

  private mutating func deliver(_ interval: Interval, _ rows: DeliveryView) -> [Effect] {
    guard let request, let view else { return [] }
    // The epoch changed between two reads: what was checked does not hold any more.
    guard rows.epoch == view.state.epoch, rows.head >= interval.to else { return readLog() }
    if rows.isTooMuch { return interval.entries.count > 1 ? halve(interval) : answer(.retry(after: limits.retry)) }
    if !interval.entries.isEmpty { entryLimit = min(limits.batch, entryLimit + max(1, entryLimit / 8)) }
    let images = rows.rows.compactMap { row -> RowImage? in
      if planted == .removeOnScopeExitForgotten, row.fields == nil { return nil }
      let version = RowVersion(generation: row.generation, epoch: rows.epoch.ordinal, head: rows.head)
      return RowImage(row: row.row, version: version, fields: row.fields)
    }
    let reachesEnd = view.state.isComplete && interval.to == view.state.head
    let isExact = !rows.hasUnsequenced || planted == .consistencyClaimedWithUnsequencedPointers
    let batch = Batch(
      stream: stream, audience: request.receiver, lane: interval.lane, epoch: rows.epoch,
      from: interval.from.position, to: interval.to, chainBefore: interval.from.chain,
      chainAfter: interval.to == interval.from.position ? interval.from.chain : rows.chain,
      consistentAt: isExact ? rows.head : nil, head: rows.head,
      completeAsOf: reachesEnd ? view.state.completeAsOf : 0,
      completeSnapshot: reachesEnd ? view.state.completeSnapshot : .empty, rows: images)
    let age = reachesEnd ? max(0, view.readAt - view.state.completeAsOf) / 1000 : 0
    return answer(.batch(batch), age: age)
  }

  private mutating func answer(_ body: SyncAnswer.Body, age: Int64 = 0) -> [Effect] {
    phase = .idle
    request = nil
    view = nil
    return [.answer(SyncAnswer(body: body, held: held, age: age))]
  }
}
