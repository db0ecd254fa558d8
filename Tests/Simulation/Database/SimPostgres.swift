import SyncProtocol

/// A PostgreSQL as far as an outbox can tell: sequence gaps, transaction ids and snapshots, row locks to the end of the transaction, visibility at
/// commit. A value: a backup is a copy.
struct SimPostgres {
  let silo: SiloNumber
  var rows: [RowReference: SimRow] = [:]
  var nextTransaction: UInt64 = 10
  var nextSequence: Int64 = 0
  var nextToken = 1
  var nextNumber = 1
  /// Ascending ids of transactions that have an id and are not over.
  var running: [UInt64] = []
  var locks: [RowReference: Int] = [:]
  var open: [Int: SimTransaction] = [:]
  /// Committed pointers, ascending by sequence; never deleted from, truncated at the low-water mark.
  var pending: [Pointer] = []
  /// The transactions that wrote pointers, in commit order, with the time.
  var commits: [SimCommit] = []
  var commitOrder: [UInt64: Int] = [:]
  // The log.
  var state: LogState
  var ancestry: [LogView.EpochRecord] = []
  var entries: [LogEntry] = []
  var chains: [ChainHash] = [.origin]
  var segmentEnds: [Int64] = []
  var retained = Position.zero
  var truncated: Int64 = 0
  // The leader.
  var leader: Int?
  var openTicks: [Int: TickView] = [:]
  var isForeignCopy = false
  // Of receivers.
  var acknowledged: [SiloNumber: [Lane: Cursor]] = [:]
  var finalized: [SiloNumber: Position] = [:]
  var resyncs: [SiloNumber: UInt64] = [:]
  var nacks: [Nack] = []
  // As a receiver.
  var lanes: [SiloNumber: [Lane: LaneState]] = [:]
  var replicas: [SiloNumber: [RowReference: SimReplica]] = [:]
  var tombstones: [SiloNumber: [RowReference: RowVersion]] = [:]
  var bulk: [SimBulk] = []
  /// The progress of snapshots by kind.
  var snapshots: [SiloNumber: [Kind: SnapshotState.Progress]] = [:]
  var quarantine: [SiloNumber: [RowReference: Nack]] = [:]
  /// What receivers said that they could not apply.
  var refusals: [SiloNumber: [RowReference: RowVersion]] = [:]
  /// Events that arrived, by their ids, with the tokens of the writes that took effect: what the receiver remembers and what its consumer did.
  var arrivals: [SiloNumber: [RowKey: [Int]]] = [:]
  /// Whether this world has any.
  let hasEvents: Bool
  /// Marks that arrived; true: while the stream was started over, and more was to come.
  var knownMarks: [SiloNumber: [Int: Bool]] = [:]
  /// How often a receiver was told that it lost events.
  var told: [SiloNumber: Int] = [:]
  /// Streams that were started over here: what they say they lost may be nothing.
  var startedOver: Set<SiloNumber> = []
  /// For each receiver: the mark under way, the events that it stands for, and the mark that is named because it arrived.
  var marks: [SiloNumber: Int] = [:]
  var marked: [SiloNumber: [RowReference]] = [:]
  var named: [SiloNumber: Int] = [:]
  /// The tokens of all events of this history.
  var emitted: Set<Int> = []
  /// How many came again.
  var arrivedAgain = 0
  /// What a sequence of the database would give the next event.
  var nextEvent = 0
  /// Whether the last request of a receiver said that a snapshot is under way.
  var refilling: [SiloNumber: Bool] = [:]
  /// The last rollout of each flag, and the revision that was last everywhere.
  var rollouts: [Int: SimRollout] = [:]
  var completeRevisions: [Int: Int] = [:]
  /// Grants whose membership ended here, with the version of the grant when that was last reported.
  var endedMemberships: [Int: RowVersion] = [:]

  /// An outstanding bulk request.
  struct SimBulk {
    let request: BulkRequest
    let madeAt: Cursor
  }

  struct SimCommit {
    let xid: UInt64
    let time: Int64
    let pointers: [Pointer]
    let writes: [(row: RowReference, value: SimRow?)]
  }

  init(silo: SiloNumber, epoch: Epoch, hasEvents: Bool = false) {
    self.silo = silo
    self.hasEvents = hasEvents
    state = LogState(epoch: epoch)
  }

  // MARK: transactions

  mutating func assignTransaction() -> UInt64 {
    let id = nextTransaction
    nextTransaction += 1
    running.append(id)
    return id
  }

  mutating func end(_ id: UInt64) { running.removeAll { $0 == id } }

  var snapshot: TransactionSnapshot {
    TransactionSnapshot(minimum: running.first ?? nextTransaction, maximum: nextTransaction, running: running)
  }

  mutating func token() -> Int {
    nextToken += 1
    return nextToken * 8 + Int(silo.value)
  }

  mutating func append(_ row: RowReference, xid: UInt64) -> Pointer {
    nextSequence += 1
    return Pointer(sequence: nextSequence, transaction: xid, row: row)
  }

  /// Makes a transaction visible: all of its writes and pointers at once.
  mutating func commit(
    xid: UInt64, writes: [(row: RowReference, value: SimRow?)], pointers: [Pointer], time: Int64
  ) {
    for write in writes {
      rows[write.row] = write.value
      if hasEvents, write.row.kind == SimKind.event, let value = write.value { emitted.insert(value.token) }
    }
    for pointer in pointers {
      var place = pending.count
      while place > 0, pending[place - 1].sequence > pointer.sequence { place -= 1 }
      pending.insert(pointer, at: place)
    }
    if !pointers.isEmpty {
      commitOrder[xid] = commits.count
      commits.append(SimCommit(xid: xid, time: time, pointers: pointers, writes: writes))
    }
    end(xid)
  }

  mutating func release(_ transaction: SimTransaction) {
    for row in transaction.held where locks[row] == transaction.id { locks[row] = nil }
    open[transaction.id] = nil
  }

  mutating func abort(_ transaction: SimTransaction) {
    if transaction.xid > 0 { end(transaction.xid) }
    release(transaction)
  }

  /// The server goes down and comes back: what was not committed is gone, the sequence jumps.
  mutating func crash() {
    running = []
    locks = [:]
    open = [:]
    openTicks = [:]
    leader = nil
    nextSequence += 32
  }

  // MARK: entitlement

  var isControl: Bool { silo == .control }

  /// Rows of one kind, ascending by key.
  func references(_ kind: Kind) -> [RowReference] { rows.keys.filter { $0.kind == kind }.sorted() }

  func receivers(_ row: RowReference, regions: Int) -> Receivers {
    guard isControl else { return .all }
    switch row.kind {
    case SimKind.tokenKey: return .all
    case SimKind.event: return .only([rows[row].flatMap { SiloNumber($0.region) }].compactMap { $0 })
    case SimKind.interest:
      return .only([SimKind.parse(interest: row.key).flatMap { SiloNumber($0.region) }].compactMap { $0 })
    case SimKind.grant: return .only([rows[row].flatMap { SiloNumber($0.region) }].compactMap { $0 })
    case SimKind.release:
      let ring = SimKind.parse(release: row.key)?.ring
      return .only((1...regions).filter { SimKind.ring(of: $0) == ring }.compactMap { SiloNumber($0) })
    case SimKind.flag:
      let flag = SimKind.number(row.key)
      return .only(
        (1...regions).filter { rows[SimKind.release(SimKind.ring(of: $0), flag)] != nil }.compactMap { SiloNumber($0) })
    default:
      let user = SimKind.number(row.key)
      return .only(
        (1...regions).filter { rows[SimKind.interest($0, user)] != nil }.compactMap { SiloNumber($0) })
    }
  }

  /// What `receiver` may hold of a row now.
  func entitled(_ row: RowReference, receiver: SiloNumber, planted: PlantedBug?) -> SimRow? {
    if row.kind == SimKind.event {
      guard var event = rows[row], event.region == Int(receiver.value) else { return nil }
      event.number = named[receiver] ?? 0
      return event
    }
    guard isControl else { return rows[row] }
    if planted == .entitlementFromTheLog, let value = rows[row] { return value.state == .ended ? nil : value }
    return Self.entitled(row, in: rows, region: Int(receiver.value))
  }

  /// The rule itself, over any state of control's rows.
  static func entitled(_ row: RowReference, in rows: [RowReference: SimRow], region: Int) -> SimRow? {
    if row.kind == SimKind.flag {
      let release = rows[SimKind.release(SimKind.ring(of: region), SimKind.number(row.key))]
      return release?.state == .active ? release : nil
    }
    guard let value = rows[row] else { return nil }
    switch row.kind {
    case SimKind.tokenKey: return value
    case SimKind.grant:
      guard value.state == .active, value.region == region,
        rows[SimKind.interest(region, value.user)]?.state == .active
      else { return nil }
      return value
    case SimKind.user, SimKind.status:
      return rows[SimKind.interest(region, SimKind.number(row.key))]?.state == .active ? value : nil
    default: return nil
    }
  }

  var allFlags: [RowReference] { (0..<SimKind.flags).map { SimKind.flag($0) } }

  /// What an interest stands for.
  func closure(region: Int, user: Int) -> [RowReference] {
    let grants = references(SimKind.grant).filter { rows[$0]?.user == user && rows[$0]?.region == region }
    return grants + [SimKind.user(user), SimKind.status(user)]
  }

  /// Everything that a receiver is entitled to name: pointers of a resynchronization.
  func everything(for receiver: SiloNumber) -> [RowReference] {
    guard isControl else {
      // Memberships that ended here and are still granted there must be told again: a sweep ends no grant.
      let ended = endedMemberships.keys.sorted().filter { replicas[.control]?[SimKind.grant($0)] != nil }
      return references(SimKind.member) + references(SimKind.organization) + references(SimKind.event)
        + ended.map(SimKind.member)
    }
    let mine = references(SimKind.interest).filter {
      SimKind.parse(interest: $0.key)?.region == Int(receiver.value)
    }
    let events = references(SimKind.event).filter { rows[$0]?.region == Int(receiver.value) }
    return mine + references(SimKind.tokenKey) + events + allFlags
  }

  /// The receiver's entitled state by kind of lane, ascending: the truth that replicas are compared with. Events are no state.
  func truth(for receiver: SiloNumber, lane: Lane? = nil) -> [(RowReference, SimRow)] {
    var found: [(RowReference, SimRow)] = []
    for row in (rows.keys + (isControl ? allFlags : [])).sorted() where lane == nil || SimKind.lane(row.kind) == lane {
      guard row.kind != SimKind.event else { continue }
      if let value = entitled(row, receiver: receiver, planted: nil) { found.append((row, value)) }
    }
    return found
  }
}
