internal import FoundationEssentials
internal import Postgres
internal import SyncProtocol

/// The sequencer's operations of the storage port, in SQL, on the one connection that a leader keeps.
struct SequencerStorage {
  /// A leader whose heartbeat is older than this is given up, in seconds by the database's clock.
  static let leaderTimeout = 5.0
  /// Server-side bounds of everything a leader does, so that a hung process cannot hold the row.
  static let timeouts: SQL = """
    set_config('lock_timeout', '5s', true), set_config('statement_timeout', '5s', true),
    set_config('idle_in_transaction_session_timeout', '5s', true)
    """

  let registry: KindRegistry
  let limits: TickLimits
  let name: String
  let witness: LogWitness?
  var catalog = KindCatalog()
  /// What differed when the leadership was taken.
  private var change: EpochCause?

  init(registry: KindRegistry, limits: TickLimits, name: String, witness: LogWitness? = nil) {
    self.registry = registry
    self.limits = limits
    self.name = name
    self.witness = witness
  }

  // MARK: Leading

  /// Operation 1. The answer, or nil when another leads.
  mutating func acquire(on connection: PostgresConnection) async throws -> (LogState, identityChanged: Bool)? {
    guard try await removeFormerLeader(on: connection) else { return nil }
    let (state, change) = try await take(on: connection)
    self.change = change
    return (state, identityChanged: change != nil)
  }

  private func take(on connection: PostgresConnection) async throws -> (LogState, EpochCause?) {
    let identity = try await EpochStore.identity(on: connection)
    return try await connection.withTransaction { connection in
      try await connection.execute("SELECT \(Self.timeouts)")
      if try await EpochStore.recorded(on: connection) == nil {
        try await EpochStore.start(atLeast: 1, cause: .first, isForced: false, on: connection)
      }
      try await connection.execute(
        """
        UPDATE outbox.sequencer SET fence = fence + 1, leader = \(name), backend_pid = pg_backend_pid(),
          backend_start = (SELECT a.backend_start FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid()),
          beat = clock_timestamp()
        """)
      guard let state = try await LogStateStore.read(on: connection) else {
        throw OutboxError(code: .noEpoch, message: "the log has no epoch")
      }
      let isWitnessed = witness?.disagrees(with: state) ?? false
      let difference = try await EpochStore.recorded(on: connection).flatMap { identity.difference(from: $0) }
      // A promotion that lost what was witnessed is a loss; a promotion alone may have lost nothing.
      return (state, isWitnessed && difference != .system && difference != .database ? .witness : difference)
    }
  }

  /// Ends the former leader's backend if it is stale; false while it lives.
  private func removeFormerLeader(on connection: PostgresConnection) async throws -> Bool {
    let rows = try await connection.query(
      """
      SELECT s.backend_pid, s.beat < clock_timestamp() - make_interval(secs => \(Self.leaderTimeout)),
        s.backend_pid = pg_backend_pid()
      FROM outbox.sequencer AS s JOIN pg_stat_activity AS a ON a.pid = s.backend_pid
        AND a.backend_start IS NOT DISTINCT FROM s.backend_start
      """)
    guard let row = rows.first else { return true }
    let (pid, isStale, isOwn) = try row.decode((Int32, Bool, Bool).self)
    if isOwn { return true }
    guard isStale else { return false }
    try await connection.execute("SELECT pg_terminate_backend(\(pid), 5000)")
    return true
  }

  /// Operation 2.
  func startEpoch(fence: Int64, atLeast: Int32, on connection: PostgresConnection) async throws -> LogState {
    try await connection.withTransaction { connection in
      try await connection.execute("SELECT \(Self.timeouts)")
      let rows = try await connection.query("SELECT fence FROM outbox.sequencer FOR UPDATE")
      guard try rows.only().decode(Int64.self) == fence else {
        throw OutboxError(code: .fencedOut, message: "another sequencer leads")
      }
      // An ordinal that was witnessed is taken, although this database does not remember it.
      let witnessed = witness?.ordinal ?? 0
      try await EpochStore.start(
        atLeast: witnessed < Int32.max ? max(atLeast, witnessed + 1) : atLeast, cause: change ?? .operator,
        isForced: true, on: connection)
      guard let state = try await LogStateStore.read(on: connection) else {
        throw OutboxError(code: .noEpoch, message: "the log has no epoch")
      }
      return state
    }
  }

  /// Operation 3.
  func poll(floor: Int64, done: TransactionSnapshot, on connection: PostgresConnection) async throws -> Bool {
    try await connection.query("SELECT \(Work(floor: floor, done: done).exists)").only().decode(Bool.self)
  }

  /// What a poll looks for: a pointer above the floor that is not in the log.
  struct Work {
    let floor: Int64
    let done: TransactionSnapshot

    fileprivate var exists: SQL {
      """
      EXISTS (SELECT FROM outbox.pending AS p WHERE p.seq > \(floor)
        AND NOT pg_visible_in_snapshot(p.xid, (SELECT \(done.description)::text::pg_snapshot)))
      """
    }
  }

  /// What a tick finds when it opens.
  enum Opening {
    case view(TickView)
    case fencedOut
    /// There is nothing to do, and nothing was locked.
    case idle
  }

  /// Operation 7. The row by this connection, which becomes the leader's backend if the fence is still `fence`.
  ///
  /// A connection string with several hosts may lead to a promoted standby: the leader of the old database leads nothing there, and taking the lead
  /// anew finds out what has changed.
  func readState(fence: Int64, on connection: PostgresConnection) async throws -> LogState {
    try await connection.withTransaction { connection in
      try await connection.execute("SELECT \(Self.timeouts)")
      let rows = try await connection.query("SELECT backend_pid, fence, \(EpochStore.isForeign) FROM outbox.sequencer")
      let (pid, current, isForeign) = try rows.only().decode((Int32?, Int64, Bool).self)
      guard !isForeign else { throw OutboxError(code: .fencedOut, message: "the database is another one") }
      if current == fence {
        if let pid, pid != connection.serverProcessID {
          // Our own former backend: a commit of it may still be running.
          try await connection.execute(
            """
            SELECT pg_terminate_backend(a.pid, 5000) FROM pg_stat_activity AS a JOIN outbox.sequencer AS s
              ON a.pid = s.backend_pid AND a.backend_start IS NOT DISTINCT FROM s.backend_start
            """)
        }
        try await connection.execute(
          """
          UPDATE outbox.sequencer SET backend_pid = pg_backend_pid(),
            backend_start = (SELECT a.backend_start FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid())
          WHERE fence = \(fence)
          """)
      }
      guard let state = try await LogStateStore.read(on: connection) else {
        throw OutboxError(code: .noEpoch, message: "the log has no epoch")
      }
      return state
    }
  }

  // MARK: Ticking

  /// Operation 4, inside the tick's REPEATABLE READ transaction.
  ///
  /// One exchange when the row is as this process left it, which it is as long as it leads: then the window can be asked for before the row is known.
  ///
  /// - Parameter work: opens nothing when there is none of it.
  mutating func open(
    fence: Int64, ifThereIs work: Work? = nil, assuming assumed: LogState?, on connection: PostgresConnection
  ) async throws -> Opening {
    let results = try await connection.pipeline { pipeline in
      // The sequence's last value comes before the row lock, because that takes the transaction id.
      pipeline.add(
        """
        SELECT CASE WHEN q.is_called THEN q.last_value ELSE 0 END,
          (extract(epoch FROM transaction_timestamp()) * 1000000)::int8, \(Self.timeouts), \(ReusedPlans.begin)
        FROM outbox.pending_seq AS q
        """)
      pipeline.add(
        """
        SELECT \(LogStateStore.columns), pg_current_snapshot()::text, pg_current_xact_id()
        FROM outbox.sequencer AS s JOIN outbox.epoch AS e ON e.ordinal = s.epoch
        WHERE \(work?.exists ?? "true") FOR UPDATE OF s
        """)
      if let assumed { pipeline.add(window(assumed)) }
    }
    let before = try results[0].only()
    let lastSequence = try Int64(from: before[0])
    let startedAt = try Int64(from: before[1])
    guard let row = results[1].first else { return work == nil ? .fencedOut : .idle }
    let state = try LogStateStore.decode(row)
    guard state.fence == fence else { return .fencedOut }
    guard let snapshot = try TransactionSnapshot(String(from: row[LogStateStore.columnCount])) else {
      throw OutboxError(code: .malformedLog, message: "a snapshot is malformed")
    }
    let transaction = try TransactionID(from: row[LogStateStore.columnCount + 1]).rawValue
    let isAsAssumed = assumed.map { Self.hasSameWindow($0, state) } ?? false
    let pointers = try await readPointers(state, window: isAsAssumed ? results[2] : nil, on: connection)
    try await connection.planAnew(forRows: pointers.all.count)
    let receivers = try await resolve(pointers.all, on: connection)
    func candidates(_ pointers: [Pointer]) -> [TickView.Candidate] {
      pointers.map { TickView.Candidate(pointer: $0, receivers: receivers[$0.row] ?? .only([])) }
    }
    return .view(
      TickView(
        state: state, snapshot: snapshot, lastSequence: lastSequence, transaction: transaction, startedAt: startedAt,
        window: candidates(pointers.window), isFull: pointers.isFull, unfinished: pointers.unfinished,
        held: candidates(pointers.held), parts: candidates(pointers.parts)))
  }

  /// Operation 5 without the commit, which the caller's transaction does, together with the last statement.
  func write(_ plan: TickPlan, before: LogState, on connection: PostgresConnection) async throws {
    var segments: [LogStateStore.Segment] = []
    var rest = plan.entries[...]
    var chain = before.chain
    while let first = rest.first {
      let part = rest.prefix(SegmentCodec.entriesPerSegment)
      rest = rest.dropFirst(part.count)
      let chainBefore = chain
      if rest.isEmpty {
        chain = plan.state.chain
      } else {
        for entry in part { chain = chain.appending(entry) }
      }
      let lanes = part.reduce(into: Int16(0)) { $0 |= laneBits(of: $1.row.kind) }
      segments.append(
        LogStateStore.Segment(
          first: first.position, last: part.last?.position ?? first.position, lanes: lanes,
          chainBefore: chainBefore, chain: chain,
          entries: try SegmentCodec.encode(part, catalog: catalog)))
    }
    try await LogStateStore.writeCarries(plan.state.carries, before: before.carries, on: connection)
    try await LogStateStore.enqueue(segments, state: plan.state, on: connection)
  }

  /// Interest entries concern every lane: they expand to rows of any.
  private func laneBits(of kind: Kind) -> Int16 {
    if registry.interests[kind] != nil { return Lane.allBits }
    return (registry.lane(of: kind) ?? catalog[kind]?.lane ?? .main).bit
  }

  /// Asks each kind's source, once, whom the rows concern.
  private func resolve(_ pointers: [Pointer], on connection: PostgresConnection) async throws -> [RowReference:
    Receivers]
  {
    var keys: [Kind: Set<RowKey>] = [:]
    for pointer in pointers { keys[pointer.row.kind, default: []].insert(pointer.row.key) }
    var receivers: [RowReference: Receivers] = [:]
    for (kind, keys) in keys.sorted(by: { $0.key < $1.key }) {
      let answer: [RowKey: Receivers]
      if let interest = registry.interests[kind] {
        answer = try await interest.receivers(of: keys.sorted(), on: connection)
      } else if let source = registry.sources[kind] {
        answer = try await source.receivers(of: keys.sorted(), on: connection)
      } else {
        continue
      }
      for (key, value) in answer { receivers[RowReference(kind: kind, key: key)] = value }
    }
    return receivers
  }
}

extension Lane {
  /// Its bit in `outbox.segment.lanes`.
  package var bit: Int16 {
    switch self {
    case .priority: 1
    case .main: 2
    case .bulk: 4
    }
  }

  package static var allBits: Int16 { allCases.reduce(0) { $0 | $1.bit } }
}
