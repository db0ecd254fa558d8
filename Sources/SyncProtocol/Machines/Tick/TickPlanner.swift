/// Decides what a tick appends to the log. Pure: the same view gives the same plan.
///
/// Whole source transactions go together, ordered by their *largest* sequence: the smallest would invert one entity's changes
/// (`models/Atoll.tla`). A row that a transaction touched several times gets one entry. A transaction of more than
/// ``TickLimits/wholeTransaction`` pointers becomes a carry and goes in parts after the others; that inverts nothing, because
/// an entry only asks for a read.
public enum TickPlanner {
  public static func plan(_ view: TickView, limits: TickLimits) throws(TickPlanError) -> TickPlan {
    try plan(view, limits: limits, planted: nil)
  }

  package static func plan(
    _ view: TickView, limits: TickLimits, planted: PlantedBug?
  ) throws(TickPlanError) -> TickPlan {
    var state = view.state
    let groups = try group(view, limits: limits, state: &state, planted: planted)
    var writer = EntryWriter(head: state.head, chain: state.chain)
    for group in groups { try writer.append(group.candidates) }
    try appendParts(view, writer: &writer, state: &state, planted: planted)
    advanceSnapshots(view, state: &state, planted: planted)
    if state.cut == nil, let held = state.carries.first(where: { $0.through == nil }) {
      throw .heldTransactionWithoutEnd(held.transaction)
    }
    advanceFloor(view, state: &state, planted: planted)
    if state.isComplete {
      // A tick that ends a cut took what the cut's older snapshot saw: what committed since then is not in the log.
      if view.state.cut == nil { state.completeAsOf = max(state.completeAsOf, view.startedAt) }
      state.completeSnapshot = state.done
    }
    state.head = writer.head
    state.chain = writer.chain
    return TickPlan(entries: writer.entries, state: state)
  }

  /// The pointers of one transaction.
  private struct Group {
    var transaction: UInt64
    var candidates: [TickView.Candidate]
    var order: Int64
  }

  /// The transactions that end in the window, in log order. Those that do not, and those that are too big, go to the carries.
  private static func group(
    _ view: TickView, limits: TickLimits, state: inout LogState, planted: PlantedBug?
  ) throws(TickPlanError) -> [Group] {
    var groups: [Group] = []
    var places: [UInt64: Int] = [:]
    var last = Int64.min
    for candidate in view.held + view.window {
      let pointer = candidate.pointer
      if let place = places[pointer.transaction] {
        guard groups[place].order < pointer.sequence else { throw .viewOutOfOrder }
        groups[place].candidates.append(candidate)
        groups[place].order = pointer.sequence
      } else {
        places[pointer.transaction] = groups.count
        groups.append(Group(transaction: pointer.transaction, candidates: [candidate], order: pointer.sequence))
      }
    }
    for candidate in view.window {
      guard candidate.pointer.sequence > last else { throw .viewOutOfOrder }
      last = candidate.pointer.sequence
    }
    let unfinished = Set(view.unfinished)
    var whole: [Group] = []
    for group in groups {
      let first = group.candidates[0].pointer.sequence
      let carried = state.carries.firstIndex { $0.transaction == group.transaction }
      if unfinished.contains(group.transaction) {
        if carried == nil {
          state.carries.append(.init(transaction: group.transaction, after: first - 1, through: nil))
        }
      } else if group.candidates.count > limits.wholeTransaction {
        if let carried {
          state.carries[carried].through = group.order
        } else if planted != .carryForgotten {
          state.carries.append(.init(transaction: group.transaction, after: first - 1, through: group.order))
        }
      } else {
        if let carried { state.carries.remove(at: carried) }
        whole.append(group)
      }
    }
    if planted == .transactionsOrderedBySmallestSequence {
      return whole.sorted { $0.candidates[0].pointer.sequence < $1.candidates[0].pointer.sequence }
    }
    return whole.sorted { $0.order < $1.order }
  }

  private static func appendParts(
    _ view: TickView, writer: inout EntryWriter, state: inout LogState, planted: PlantedBug?
  ) throws(TickPlanError) {
    var start = view.parts.startIndex
    while start < view.parts.endIndex {
      let transaction = view.parts[start].pointer.transaction
      let end = view.parts[start...].firstIndex { $0.pointer.transaction != transaction } ?? view.parts.endIndex
      guard let place = state.carries.firstIndex(where: { $0.transaction == transaction }),
        let through = state.carries[place].through
      else { throw .viewOutOfOrder }
      var last = state.carries[place].after
      for candidate in view.parts[start..<end] {
        guard candidate.pointer.sequence > last, candidate.pointer.sequence <= through else { throw .viewOutOfOrder }
        last = candidate.pointer.sequence
      }
      try writer.append(view.parts[start..<end])
      if last == through { state.carries.remove(at: place) } else { state.carries[place].after = last }
      start = end
    }
  }

  private static func advanceSnapshots(_ view: TickView, state: inout LogState, planted: PlantedBug?) {
    if view.isFull, planted != .backlogCutClosedEarly, let last = view.window.last {
      state.cut = .init(upper: state.cut?.upper ?? view.snapshot, progress: last.pointer.sequence)
    } else {
      state.done = state.cut?.upper ?? view.snapshot
      state.cut = nil
      if planted == .lateCommitSkipped {
        state.done = TransactionSnapshot(minimum: state.done.maximum, maximum: state.done.maximum, running: [])
      }
    }
  }

  private static func advanceFloor(_ view: TickView, state: inout LogState, planted: PlantedBug?) {
    if planted == .floorIgnoresOpenTransactions {
      if state.cut == nil { state.floor = max(state.floor, view.lastSequence) }
      return
    }
    if let candidate = state.floorCandidate {
      guard state.cut == nil, state.done.minimum > candidate.transaction else { return }
      state.floor = max(state.floor, candidate.sequence)
    }
    state.floorCandidate = .init(sequence: view.lastSequence, transaction: view.transaction)
  }
}

/// Gives entries dense positions and runs the chain over them.
private struct EntryWriter {
  var head: Position
  var chain: ChainHash
  var entries: [LogEntry] = []

  init(head: Position, chain: ChainHash) {
    self.head = head
    self.chain = chain
  }

  /// Appends the pointers of one transaction, or one part of it; each row once.
  mutating func append(_ candidates: some Sequence<TickView.Candidate>) throws(TickPlanError) {
    var written: Set<RowReference> = []
    for candidate in candidates where written.insert(candidate.pointer.row).inserted {
      guard let next = head.advanced(by: 1) else { throw .positionsExhausted }
      let entry = LogEntry(
        position: next, row: candidate.pointer.row, transaction: candidate.pointer.transaction,
        receivers: candidate.receivers)
      head = next
      chain = chain.appending(entry)
      entries.append(entry)
    }
  }
}
