import SyncProtocol

/// Operations 1 to 15 of the storage port.
extension SimPostgres {
  /// Begins a tick for `owner`. Nil: fenced out.
  mutating func openTick(
    owner: Int, fence: Int64, limits: TickLimits, regions: Int, clock: Int64, planted: PlantedBug?
  ) -> TickView? {
    guard state.fence == fence || planted == .tickWithoutFence else { return nil }
    let last = nextSequence
    let transaction = assignTransaction()
    let snapshot = snapshot
    let from = state.cut?.progress ?? state.floor
    let upper = state.cut?.upper ?? snapshot
    var low = 0
    var high = pending.count
    while low < high {
      let middle = (low + high) / 2
      if pending[middle].sequence <= from { low = middle + 1 } else { high = middle }
    }
    let done = state.done
    let selected = pending[low...].filter { upper.sees($0.transaction) && !done.sees($0.transaction) }
    let window = selected.prefix(limits.window)
    let rest = selected.dropFirst(limits.window)
    let beyond = Set(rest.map(\.transaction))
    var unfinished: [UInt64] = []
    for id in window.map(\.transaction) + state.carries.map(\.transaction)
    where beyond.contains(id) && !unfinished.contains(id) { unfinished.append(id) }
    var held: [Pointer] = []
    var parts: [Pointer] = []
    var openParts = 0
    for carry in state.carries {
      if let through = carry.through {
        guard openParts < limits.partsPerTick else { continue }
        openParts += 1
        parts += pending.filter {
          $0.transaction == carry.transaction && $0.sequence > carry.after && $0.sequence <= through
        }.prefix(limits.wholeTransaction)
      } else if !unfinished.contains(carry.transaction) {
        held += pending.filter {
          $0.transaction == carry.transaction && $0.sequence > carry.after && $0.sequence <= from
        }.prefix(limits.wholeTransaction + 1)
      }
    }
    held.sort { $0.sequence < $1.sequence }
    let view = TickView(
      state: state, snapshot: snapshot, lastSequence: last, transaction: transaction, startedAt: clock,
      window: candidates(Array(window), regions), isFull: !rest.isEmpty, unfinished: unfinished,
      held: candidates(held, regions),
      parts: candidates(parts, regions))
    openTicks[owner] = view
    return view
  }

  private func candidates(_ pointers: [Pointer], _ regions: Int) -> [TickView.Candidate] {
    pointers.map { .init(pointer: $0, receivers: receivers($0.row, regions: regions)) }
  }

  mutating func closeTick(owner: Int) {
    if let view = openTicks.removeValue(forKey: owner) { end(view.transaction) }
  }

  /// Writes the segment and the row. False: the tick is not open any more.
  mutating func commitTick(owner: Int, plan: TickPlan) -> Bool {
    guard let view = openTicks[owner] else { return false }
    end(view.transaction)
    openTicks[owner] = nil
    for entry in plan.entries {
      entries.append(entry)
      chains.append((chains.last ?? .origin).appending(entry))
    }
    if !plan.entries.isEmpty { segmentEnds.append(plan.state.head.value) }
    state = plan.state
    return true
  }

  mutating func startEpoch(atLeast: Int32, id: String) {
    let ordinal = max(atLeast, state.epoch.ordinal + 1)
    ancestry.insert(.init(epoch: state.epoch, fork: state.head), at: 0)
    if let epoch = Epoch(ordinal: ordinal, id: id) { state.epoch = epoch }
    isForeignCopy = false
    haltRollouts()
  }

  mutating func tidy(lowWater: Int64) {
    guard lowWater > truncated else { return }
    truncated = lowWater
    pending.removeAll { $0.sequence <= lowWater }
  }

  var hasUnsequenced: Bool {
    guard state.isComplete else { return true }
    // From the newest: what is above the floor stands at the end.
    let floor = state.floor
    let done = state.done
    var place = pending.count
    while place > 0, pending[place - 1].sequence > floor {
      if !done.sees(pending[place - 1].transaction) { return true }
      place -= 1
    }
    return false
  }

  func chain(at position: Position) -> ChainHash? {
    guard position >= retained, position <= state.head, position.value < Int64(chains.count) else { return nil }
    return chains[Int(position.value)]
  }

  func readLog(receiver: SiloNumber, chainsAt: [Position], clock: Int64, planted: PlantedBug?) -> LogView {
    var found: [Position: ChainHash] = [:]
    for position in chainsAt { found[position] = chain(at: position) }
    let passed = planted == .restoredCursorServedBelowFinalizedExits ? .zero : finalized[receiver] ?? .zero
    return LogView(
      state: state, ancestry: ancestry, retained: max(retained, passed), chains: found, hasUnsequenced: hasUnsequenced,
      readAt: clock)
  }

  mutating func finalizeExits(receiver: SiloNumber, appliedBy: TransactionSnapshot, through: Position) -> Int {
    guard isControl else { return 0 }
    let region = Int(receiver.value)
    var gone: [RowReference] = []
    for row in rows.keys.sorted() where row.kind == SimKind.interest || row.kind == SimKind.grant {
      guard let value = rows[row], value.region == region, value.state != .active, locks[row] == nil,
        appliedBy.sees(value.endedBy)
      else { continue }
      gone.append(row)
    }
    for row in gone { rows[row] = nil }
    if !gone.isEmpty { finalized[receiver] = max(finalized[receiver] ?? .zero, through) }
    return gone.count
  }

  mutating func beginResync(receiver: SiloNumber, time: Int64) -> UInt64 {
    // What an open cut sees may be in the log already, before the receiver's start.
    if let id = resyncs[receiver], !(state.cut?.upper ?? state.done).sees(id) { return id }
    let id = assignTransaction()
    let pointers = everything(for: receiver).map { append($0, xid: id) }
    commit(xid: id, writes: [], pointers: pointers, time: time)
    resyncs[receiver] = id
    return id
  }

  func readEntries(receiver: SiloNumber, lane: Lane, after: Position, limit: Int) -> EntriesView {
    var found: [LogEntry] = []
    var through = after
    for end in segmentEnds where end > after.value {
      while through.value < end {
        let entry = entries[Int(through.value)]
        through = entry.position
        guard SimKind.isInterest(entry.row.kind) || SimKind.lane(entry.row.kind) == lane,
          entry.receivers.contains(receiver)
        else { continue }
        found.append(entry)
      }
      if found.count >= limit { break }
    }
    return EntriesView(entries: found, through: through)
  }

  func readRows(_ query: DeliveryQuery, planted: PlantedBug?) -> DeliveryView? {
    guard let chain = chain(at: query.to) else { return nil }
    var references: [RowReference] = []
    for reference in query.references {
      if reference.kind == SimKind.interest {
        // The closure is found by the interest's row: once that is gone nobody knows whom it was about.
        guard rows[reference] != nil, let root = SimKind.parse(interest: reference.key) else { continue }
        references += closure(region: root.region, user: root.user)
      } else if reference.kind == SimKind.release {
        if let release = SimKind.parse(release: reference.key) { references.append(SimKind.flag(release.flag)) }
      } else {
        references.append(reference)
      }
    }
    let sorted = Set(references.filter { SimKind.lane($0.kind) == query.lane }).sorted()
    // Each row weighs one.
    let isTooMuch = query.byteLimit.map { sorted.count > $0 } ?? false
    return DeliveryView(
      epoch: state.epoch, head: state.head, chain: chain, hasUnsequenced: hasUnsequenced,
      rows: isTooMuch
        ? []
        : sorted.map {
          .init(
            row: $0, generation: 0, fields: entitled($0, receiver: query.receiver, planted: planted)?.fields)
        }, isTooMuch: isTooMuch)
  }
}
