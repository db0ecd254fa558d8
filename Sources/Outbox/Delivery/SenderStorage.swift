internal import Postgres
internal import Synchronization
internal import SyncProtocol

/// The sender's operations of the storage port, in SQL.
struct SenderStorage: Sendable {
  /// Segments fetched by one statement, and the most that one operation looks at.
  static let segmentsPerFetch: Int64 = 32
  static let segmentsPerOperation = 1024
  /// Keys handed to a source at once, and pointers written by one statement of a resynchronization.
  static let keysPerRead = 5000

  let client: PostgresClient
  let registry: KindRegistry
  let doorbell: Doorbell
  private let cache = Cache()

  init(client: PostgresClient, registry: KindRegistry, doorbell: Doorbell) {
    self.client = client
    self.registry = registry
    self.doorbell = doorbell
  }

  /// What does not change as long as the epoch does not.
  private final class Cache: Sendable {
    let ancestry = Mutex<(epoch: Epoch, records: [LogView.EpochRecord])?>(nil)
    let catalog = Mutex(KindCatalog())
    let acknowledged = Mutex<[SiloNumber: [Lane: Cursor]]>([:])
    let weights = Mutex<[Kind: Int]>([:])
  }

  /// How many rows of a kind are read at once: few where they are large, so that what is read and not sent stays small.
  func keysPerRead(of kind: Kind) -> Int {
    let weight = cache.weights.withLock { $0[kind] } ?? 1024
    return min(Self.keysPerRead, max(16, WireLimits.maximumBytesPerBatch / max(1, weight)))
  }

  /// Remembers what rows of a kind weigh: at once when it is more, slowly when it is less.
  func noteWeight(_ bytes: Int, of count: Int, kind: Kind) {
    guard count > 0 else { return }
    let mean = bytes / count
    cache.weights.withLock { weights in
      let known = weights[kind] ?? 1024
      weights[kind] = mean > known ? mean : known - (known - mean) / 8
    }
  }

  /// Whether this snapshot sees a committed pointer without a position, or only a part of something is in the log.
  static let hasUnsequenced: SQL = """
    (s.cut IS NOT NULL OR EXISTS (SELECT FROM outbox.carry) OR EXISTS (
      SELECT FROM outbox.pending AS p WHERE p.seq > s.floor AND NOT pg_visible_in_snapshot(p.xid, s.done)))
    """

  func ancestry(
    of epoch: Epoch, on connection: PostgresConnection
  ) async throws -> [LogView.EpochRecord] {
    if let known = cache.ancestry.withLock({ $0 }), known.epoch == epoch { return known.records }
    let records = try await EpochStore.ancestry(on: connection)
    cache.ancestry.withLock { $0 = (epoch, records) }
    return records
  }

  func catalog(on connection: PostgresConnection, fresh: Bool = false) async throws -> KindCatalog {
    let known = cache.catalog.withLock { $0 }
    if known != KindCatalog(), !fresh { return known }
    let read = try await KindStore.catalog(on: connection)
    cache.catalog.withLock { $0 = read }
    return read
  }

  /// Operation 10.
  func startEpoch(atLeast: Int32) async throws {
    try await client.withTransaction { connection in
      try await connection.execute("SELECT \(SequencerStorage.timeouts)")
      try await EpochStore.start(atLeast: atLeast, cause: .peer, isForced: false, on: connection)
    }
  }

  /// Whether these cursors are kept already: an idle receiver repeats them, now of all lanes and now of one.
  func isRecorded(_ cursors: [Lane: Cursor], of receiver: SiloNumber) -> Bool {
    cache.acknowledged.withLock { known in cursors.allSatisfy { known[receiver]?[$0] == $1 } }
  }

  /// Operation 11. Losing it in a crash loses nothing: the next cursor says the same.
  func record(receiver: SiloNumber, cursors: [Lane: Cursor], nacks: [Nack]) async throws {
    if nacks.isEmpty, isRecorded(cursors, of: receiver) { return }
    let lanes = cursors.sorted { $0.key.rawValue < $1.key.rawValue }
    try await client.withConnection { connection in
      // Refusals first: who sees a cursor sees what was refused on the way to it.
      if !nacks.isEmpty { try await record(nacks, of: receiver, on: connection) }
      try await connection.execute(
        """
        WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
        INSERT INTO outbox.receiver AS r (silo, lane, epoch, position)
        SELECT \(receiver.stored), n.lane, n.epoch, n.position
        FROM relaxed, unnest(\(lanes.map(\.key.rawValue)), \(lanes.map(\.value.epoch.ordinal)),
          \(lanes.map(\.value.position.value))) AS n (lane, epoch, position)
        ON CONFLICT (silo, lane) DO UPDATE
          SET epoch = EXCLUDED.epoch, position = EXCLUDED.position, advanced = clock_timestamp()
          WHERE (r.epoch, r.position) <> (EXCLUDED.epoch, EXCLUDED.position)
        """)
      cache.acknowledged.withLock { $0[receiver, default: [:]].merge(cursors) { $1 } }
    }
  }

  private func record(_ nacks: [Nack], of receiver: SiloNumber, on connection: PostgresConnection) async throws {
    // The refusal of the newest state counts: a late chunk is refused for what it brings, which may be older.
    let latest = Dictionary(nacks.map { ($0.row, $0) }) { $0.version < $1.version ? $1 : $0 }
      .values.sorted { $0.row < $1.row }
    try await connection.execute(
      """
      INSERT INTO outbox.nack AS k (silo, kind, key, code, generation, epoch, head)
      SELECT \(receiver.stored), n.* FROM unnest(\(latest.map(\.row.kind.name)), \(latest.map(\.row.key.text)),
        \(latest.map(\.code)), \(latest.map(\.version.generation)), \(latest.map(\.version.epoch)),
        \(latest.map(\.version.head.value))) AS n (kind, key, code, generation, epoch, head)
      ON CONFLICT (silo, kind, key) DO UPDATE SET code = EXCLUDED.code, generation = EXCLUDED.generation,
        epoch = EXCLUDED.epoch, head = EXCLUDED.head, last_seen = clock_timestamp(), count = k.count + 1
        WHERE (k.generation, k.epoch, k.head) <= (EXCLUDED.generation, EXCLUDED.epoch, EXCLUDED.head)
      """)
  }

  /// Operation 12.
  func finalize(receiver: SiloNumber, appliedBy snapshot: TransactionSnapshot, through: Position) async throws {
    try await client.withTransaction { connection in
      var removed = 0
      for (_, interest) in registry.interests.sorted(by: { $0.key < $1.key }) {
        removed += try await interest.finalizeExits(of: receiver, appliedBy: snapshot, on: connection)
      }
      for (_, source) in registry.sources.sorted(by: { $0.key < $1.key }) {
        removed += try await source.finalize(receiver, appliedBy: snapshot, on: connection)
      }
      guard removed > 0 else { return }
      try await connection.execute(
        """
        INSERT INTO outbox.peer AS p (silo, retained) VALUES (\(receiver.stored), \(through.value))
        ON CONFLICT (silo) DO UPDATE SET retained = GREATEST(p.retained, EXCLUDED.retained)
        """)
      try FaultPoint.hit(.finalizeBeforeCommit)
    }
  }

  /// Operation 13.
  func beginResync(receiver: SiloNumber) async throws -> UInt64 {
    let token = try await client.withTransaction { connection in
      try await connection.execute(
        "INSERT INTO outbox.peer (silo) VALUES (\(receiver.stored)) ON CONFLICT (silo) DO NOTHING")
      // A backlog's cut sequences what its upper snapshot sees before `done` sees it: such pointers may stand before the receiver's start.
      let open = try await connection.query(
        """
        SELECT p.resync_transaction FROM outbox.peer AS p, outbox.sequencer AS s
        WHERE p.silo = \(receiver.stored) AND NOT pg_visible_in_snapshot(p.resync_transaction, COALESCE(s.cut, s.done))
        FOR UPDATE OF p
        """)
      if let row = open.first { return try row.decode(TransactionID.self) }
      let capture = Capture(doorbell: doorbell)
      for (kind, source) in registry.sources.sorted(by: { $0.key < $1.key }) {
        var last: RowKey?
        while true {
          let keys = try await source.entitled(receiver, after: last, limit: Self.keysPerRead, on: connection)
          try await capture.append(keys.map { RowReference(kind: kind, key: $0) }, on: connection)
          guard keys.count == Self.keysPerRead else { break }
          last = keys.last
        }
      }
      let own = try await connection.query("SELECT pg_current_xact_id()").only().decode(TransactionID.self)
      try await connection.execute(
        "UPDATE outbox.peer SET resync_transaction = \(own) WHERE silo = \(receiver.stored)")
      return own
    }
    doorbell.ring()
    return token.rawValue
  }

  /// Operation 14.
  func readEntries(
    receiver: SiloNumber, lane: Lane, after: Position, limit: Int
  ) async throws -> EntriesView {
    try await client.withConnection { connection in
      try await readEntries(receiver: receiver, lane: lane, after: after, limit: limit, first: nil, on: connection)
    }
  }

  /// - Parameter first: the first page, if it was read already.
  func readEntries(
    receiver: SiloNumber, lane: Lane, after: Position, limit: Int, first: SenderSnapshot.FirstPage?,
    on connection: PostgresConnection
  ) async throws -> EntriesView {
    var entries: [LogEntry] = []
    var through = first?.start ?? after
    var examined = 0
    var known = first?.page
    var catalog = try await catalog(on: connection)
    while entries.count < limit, examined < Self.segmentsPerOperation {
      let page: LogReader.Page
      if let known {
        page = known
      } else {
        page = try await LogReader.segments(after: through, lane: lane, limit: Self.segmentsPerFetch, on: connection)
      }
      known = nil
      examined += page.segments.count
      let before = entries.count
      var transaction: UInt64?
      for segment in page.segments {
        var decoded: [LogEntry]
        do {
          decoded = try SegmentCodec.decode(segment.entries, first: segment.first, catalog: catalog)
        } catch SegmentCodec.Malformed.unknownKind {
          catalog = try await self.catalog(on: connection, fresh: true)
          decoded = try SegmentCodec.decode(segment.entries, first: segment.first, catalog: catalog)
        }
        transaction = decoded.last?.transaction
        decoded.removeAll { $0.position <= after || !concerns($0, lane: lane, receiver: receiver) }
        entries += decoded
        through = max(through, segment.last)
        if entries.count >= limit { break }
      }
      if entries.count < limit, page.segments.count < Self.segmentsPerFetch {
        through = max(through, page.head)
        break
      }
      // Silent for a page, and perhaps for long: who comes again from here skips that, and need not have it searched.
      if let last = entries.last, entries.count == before, transaction != last.transaction { break }
    }
    return EntriesView(entries: entries, through: through)
  }

  private func concerns(_ entry: LogEntry, lane: Lane, receiver: SiloNumber) -> Bool {
    guard entry.receivers.contains(receiver) else { return false }
    return registry.interests[entry.row.kind] != nil || registry.lane(of: entry.row.kind) == lane
  }
}

extension SiloNumber {
  /// Its form in the database.
  package var stored: Int16 { Int16(value) }
}
