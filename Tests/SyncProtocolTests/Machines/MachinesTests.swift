import SyncProtocol
import Testing

@Suite("Decisions of the machines")
struct MachinesTests {
  private let epoch: Epoch
  private let other: Epoch
  private let region: SiloNumber

  init() throws {
    epoch = try #require(Epoch(ordinal: 1, id: String(repeating: "a", count: 32)))
    other = try #require(Epoch(ordinal: 2, id: String(repeating: "b", count: 32)))
    region = try #require(SiloNumber(1))
  }

  private func row(_ key: String) throws -> RowReference {
    RowReference(kind: Kind("user" as StaticString), key: try #require(RowKey(key)))
  }

  private func candidate(_ sequence: Int64, _ transaction: UInt64, _ key: String) throws -> TickView.Candidate {
    .init(pointer: Pointer(sequence: sequence, transaction: transaction, row: try row(key)), receivers: .all)
  }

  private func view(
    _ window: [TickView.Candidate], state: LogState? = nil, isFull: Bool = false, unfinished: [UInt64] = [],
    held: [TickView.Candidate] = [], parts: [TickView.Candidate] = []
  ) -> TickView {
    TickView(
      state: state ?? LogState(epoch: epoch),
      snapshot: TransactionSnapshot(minimum: 100, maximum: 100, running: []), lastSequence: 50, transaction: 99,
      startedAt: 7, window: window, isFull: isFull, unfinished: unfinished, held: held, parts: parts)
  }

  @Test("whole transactions stand in the order of their largest sequence, each row once")
  func ordersByLargest() throws {
    let window = [
      try candidate(1, 10, "a"), try candidate(2, 11, "b"), try candidate(3, 10, "c"), try candidate(4, 10, "a"),
    ]
    let plan = try TickPlanner.plan(view(window), limits: .init())
    #expect(plan.entries.map(\.row.key.text) == ["b", "a", "c"])
    #expect(plan.entries.map(\.position.value) == [1, 2, 3])
    #expect(plan.state.completeAsOf == 7)
    #expect(plan.state.floorCandidate == .init(sequence: 50, transaction: 99))
    #expect(plan.state.floor == 0)
  }

  @Test("a backlog bigger than the window becomes a cut that holds what does not end in it")
  func cuts() throws {
    let window = [try candidate(1, 10, "a"), try candidate(2, 11, "b")]
    let limits = TickLimits(window: 2, wholeTransaction: 4, partsPerTick: 1)
    let plan = try TickPlanner.plan(view(window, isFull: true, unfinished: [10]), limits: limits)
    #expect(plan.entries.map(\.row.key.text) == ["b"])
    #expect(plan.state.cut?.progress == 2)
    #expect(plan.state.carries == [.init(transaction: 10, after: 0, through: nil)])
    #expect(plan.state.completeAsOf == 0)
    #expect(plan.state.lowWater == 0)
    let rest = view([try candidate(3, 10, "c")], state: plan.state, held: [try candidate(1, 10, "a")])
    let last = try TickPlanner.plan(rest, limits: limits)
    #expect(last.entries.map(\.row.key.text) == ["a", "c"])
    #expect(last.state.isComplete)
    #expect(last.state.completeAsOf == 0)
  }

  @Test("a transaction too big to stay together goes in parts")
  func parts() throws {
    let limits = TickLimits(window: 10, wholeTransaction: 2, partsPerTick: 1)
    let big = [try candidate(1, 10, "a"), try candidate(2, 10, "b"), try candidate(3, 10, "c")]
    let first = try TickPlanner.plan(view(big), limits: limits)
    #expect(first.entries.isEmpty)
    #expect(first.state.carries == [.init(transaction: 10, after: 0, through: 3)])
    let second = try TickPlanner.plan(view([], state: first.state, parts: Array(big.prefix(2))), limits: limits)
    #expect(second.entries.count == 2)
    #expect(second.state.carries == [.init(transaction: 10, after: 2, through: 3)])
    let third = try TickPlanner.plan(view([], state: second.state, parts: [big[2]]), limits: limits)
    #expect(third.state.isComplete)
  }

  @Test("a view out of order is refused")
  func refusesDisorder() throws {
    let window = [try candidate(2, 10, "a"), try candidate(1, 11, "b")]
    #expect(throws: TickPlanError.viewOutOfOrder) { try TickPlanner.plan(self.view(window), limits: .init()) }
  }

  private func batch(
    from: Int64 = 0, to: Int64 = 1, audience: SiloNumber? = nil, epoch: Epoch? = nil, chain: ChainHash = .origin,
    rows: [RowImage] = []
  ) throws -> Batch {
    Batch(
      stream: .control, audience: audience ?? region, lane: .main, epoch: epoch ?? self.epoch,
      from: try #require(Position(from)), to: try #require(Position(to)), chainBefore: chain, chainAfter: chain,
      consistentAt: nil, head: try #require(Position(max(0, to))), completeAsOf: 0, completeSnapshot: .empty, rows: rows
    )
  }

  private func fault(_ batch: Batch, cursor: Epoch? = nil) -> BatchFault? {
    let lane = LaneState(cursor: Cursor(epoch: cursor ?? epoch, position: .zero, chain: .origin), seen: .zero)
    do {
      _ = try BatchCheck.next(batch, after: lane, stream: .control, audience: region, rowLimit: 1)
      return nil
    } catch { return error }
  }

  @Test("a batch that is not for this cursor is refused, whatever its seal says")
  func refusesBatches() throws {
    let version = RowVersion(generation: 0, epoch: 1, head: try #require(Position(1)))
    let old = RowVersion(generation: 0, epoch: 1, head: .zero)
    let a = RowImage(row: try row("a"), version: version, fields: nil)
    let b = RowImage(row: try row("b"), version: version, fields: nil)
    let chain = try #require(ChainHash(bytes: Array(repeating: 1, count: 32)))
    #expect(fault(try batch()) == nil)
    #expect(fault(try batch(audience: .control)) == .wrongAudience)
    #expect(fault(try batch(from: 1, to: 2)) == .notAtCursor)
    #expect(fault(try batch(chain: chain)) == .chainMismatch)
    #expect(fault(try batch(), cursor: other) == .wrongEpoch)
    #expect(fault(try batch(to: 0, rows: [a])) == .impossibleInterval)
    #expect(fault(try batch(rows: [a, b])) == .tooManyRows)
    #expect(fault(try batch(rows: [RowImage(row: try row("a"), version: old, fields: nil)])) == .wrongVersion)
  }

  @Test("what is there stays only if it is newer; an equal version applies; a tombstone counts for an absent key")
  func versionRule() throws {
    let one = RowVersion(generation: 0, epoch: 1, head: try #require(Position(1)))
    let two = RowVersion(generation: 0, epoch: 1, head: try #require(Position(2)))
    let next = RowVersion(generation: 0, epoch: 2, head: .zero)
    let image = RowImage(row: try row("a"), version: one, fields: [])
    #expect(VersionGuard.decide(row: one, tombstone: nil, image: image) == .write)
    #expect(VersionGuard.decide(row: two, tombstone: nil, image: image) == .keep)
    #expect(VersionGuard.decide(row: nil, tombstone: two, image: image) == .keep)
    let remove = RowImage(row: try row("a"), version: next, fields: nil)
    #expect(VersionGuard.decide(row: two, tombstone: nil, image: remove) == .remove)
  }

  private func refusal(_ claim: CursorClaim, head: Int64) throws -> [SenderMachine.Effect] {
    var machine = SenderMachine(stream: .control)
    let request = SyncRequest(receiver: region, claims: [claim], nacks: [], holdLimit: 0)
    _ = machine.handle(.request(request))
    var state = LogState(epoch: epoch)
    state.head = try #require(Position(head))
    return machine.handle(
      .log(LogView(state: state, ancestry: [], retained: .zero, chains: [:], hasUnsequenced: false, readAt: 0)))
  }

  @Test("a cursor ahead of the head starts an epoch only with proof")
  func aheadOfHead() throws {
    let ahead = Cursor(epoch: epoch, position: try #require(Position(9)), chain: .origin)
    let bare = CursorClaim(lane: .main, cursor: ahead, seen: ahead.position, isProven: false)
    #expect(try refusal(bare, head: 5).first == .alarm(.aheadOfHead, region))
    let proven = CursorClaim(lane: .main, cursor: ahead, seen: ahead.position, isProven: true)
    #expect(try refusal(proven, head: 5) == [.storage(.startEpoch(atLeast: 2))])
    let none = CursorClaim(lane: .main, cursor: nil, seen: .zero, isProven: false)
    #expect(try refusal(none, head: 5) == [.storage(.beginResync(receiver: region))])
  }

  /// What the sender does when a part of the log up to `through`, of a hundred entries, has nothing for the receiver.
  private func found(nothingThrough through: Int64) throws -> SenderMachine.Effect? {
    var machine = SenderMachine(stream: .control)
    let claim = CursorClaim(
      lane: .main, cursor: Cursor(epoch: epoch, position: .zero, chain: .origin), seen: .zero, isProven: false)
    _ = machine.handle(.request(SyncRequest(receiver: region, claims: [claim], nacks: [], holdLimit: 10_000)))
    var state = LogState(epoch: epoch)
    state.head = try #require(Position(100))
    _ = machine.handle(
      .log(
        LogView(
          state: state, ancestry: [], retained: .zero, chains: [.zero: .origin], hasUnsequenced: false, readAt: 0)))
    _ = machine.handle(.recorded)
    return machine.handle(.entries(EntriesView(entries: [], through: try #require(Position(through))))).first
  }

  @Test("an answer is held only when the log was searched to its end")
  func searchesBeforeItHolds() throws {
    let query = DeliveryQuery(
      receiver: region, lane: .main, to: try #require(Position(60)), references: [], byteLimit: nil)
    #expect(try found(nothingThrough: 60) == .storage(.readRows(query)))
    #expect(try found(nothingThrough: 100) == .hold(10_000))
  }

  @Test("nothing counts as taken by a receiver that takes a snapshot, although its cursors stand at the head")
  func finalizes() throws {
    let head = try #require(Position(5))
    func effects(_ standing: SnapshotStanding) throws -> [SenderMachine.Effect] {
      var machine = SenderMachine(stream: .control)
      let cursor = Cursor(epoch: epoch, position: head, chain: .origin)
      let claims = [Lane.priority, .main].map {
        CursorClaim(lane: $0, cursor: cursor, seen: head, isProven: false)
      }
      _ = machine.handle(
        .request(SyncRequest(receiver: region, claims: claims, nacks: [], holdLimit: 0, snapshots: standing)))
      var state = LogState(epoch: epoch)
      state.head = head
      state.completeSnapshot = TransactionSnapshot(minimum: 9, maximum: 9, running: [])
      let view = LogView(
        state: state, ancestry: [], retained: .zero, chains: [head: .origin], hasUnsequenced: false, readAt: 0)
      let recording = machine.handle(.log(view))
      guard case .storage(.recordAcknowledgement) = recording.first else { return recording }
      return machine.handle(.recorded)
    }
    let snapshot = TransactionSnapshot(minimum: 9, maximum: 9, running: [])
    for standing in [SnapshotStanding.able, .unable] {
      #expect(
        try effects(standing) == [.storage(.finalizeExits(receiver: region, appliedBy: snapshot, through: head))])
    }
    guard case .storage(.readEntries) = try effects(.running).first else {
      Issue.record("something was finalized")
      return
    }
  }
}
