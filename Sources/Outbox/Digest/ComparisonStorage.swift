internal import Postgres
internal import SyncProtocol

/// What comparisons read and write, in SQL.
struct ComparisonStorage: Sendable {
  /// Segments of the log that are searched for changes of suspected rows. Beyond them the rows count as in flight.
  static let segmentLimit: Int64 = 256

  let client: PostgresClient
  let registry: KindRegistry
  let doorbell: Doorbell

  /// A part of a kind's keys.
  struct Range: Sendable {
    let after: RowKey?
    let through: RowKey?
    let limit: Int
    let order: KeyOrder
  }

  /// The rows of a range, and how far it really went.
  struct RangeRead: Sendable {
    var through: RowKey?
    let position: Position
    var rows: [(key: RowKey, fields: [RowImage.Field])]
  }

  /// The kind's type of keys, when both sides mean the same rows.
  func check(_ subject: ComparisonSubject, isOwner: Bool) throws(Comparer.Refused) -> KeyType {
    let declaration: KindDeclaration
    let projection: [String]
    if isOwner {
      guard let source = source(subject) else { throw Comparer.Refused(code: .kindUnknown) }
      (declaration, projection) = (source.declaration, source.projection)
    } else {
      guard let sink = sink(subject) else { throw Comparer.Refused(code: .kindUnknown) }
      (declaration, projection) = (sink.declaration, sink.projection)
    }
    guard Set(subject.columns).isSubset(of: projection) else { throw Comparer.Refused(code: .projectionDiffers) }
    return declaration.keyType
  }

  private func source(_ subject: ComparisonSubject) -> (any ComparableSource)? {
    registry.sources[subject.kind] as? any ComparableSource
  }

  private func sink(_ subject: ComparisonSubject) -> (any ComparableSink)? {
    registry.sinks[subject.kind] as? any ComparableSink
  }

  // MARK: Ranges

  func owned(_ range: Range, of subject: ComparisonSubject) async throws -> RangeRead {
    guard let source = source(subject) else { throw Comparer.Refused(code: .kindUnknown) }
    return try await snapshot { connection, log in
      // One more than asked for says whether anything is behind.
      let found = try await source.entitled(
        subject.audience, after: range.after, limit: range.limit + 1, on: connection)
      let (keys, through) = Self.cut(found, range)
      let rows = try await source.read(keys, for: subject.audience, on: connection)
      return RangeRead(
        through: through, position: log.head,
        rows: keys.compactMap { key in rows[key]?.fields.map { (key, Self.projected($0, subject)) } })
    }
  }

  func held(_ range: Range, of subject: ComparisonSubject) async throws -> RangeRead {
    guard let sink = sink(subject) else { throw Comparer.Refused(code: .kindUnknown) }
    return try await client.withTransaction(.repeatableRead(readOnly: true)) { connection in
      try await connection.query("SELECT \(SenderStorage.textForms)")
      let cursor = try await cursor(subject, sink.declaration.lane, on: connection)
      let found = try await sink.held(
        from: subject.stream, after: range.after, through: range.through, limit: range.limit + 1, on: connection)
      let (keys, through) = Self.cut(found.map(\.key), range)
      return RangeRead(
        through: through, position: cursor.position,
        rows: found.prefix(keys.count).map { ($0.key, Self.projected($0.fields, subject)) })
    }
  }

  /// The keys within the bounds, at most the limit, and the key at which the range ends.
  private static func cut(_ keys: [RowKey], _ range: Range) -> (keys: [RowKey], through: RowKey?) {
    var inside = keys[...]
    if let through = range.through { inside = inside.prefix { !range.order.isAscending(through, $0) } }
    guard inside.count > range.limit else { return (Array(inside), range.through) }
    inside = inside.prefix(range.limit)
    return (Array(inside), inside.last)
  }

  private static func projected(_ fields: [RowImage.Field], _ subject: ComparisonSubject) -> [RowImage.Field] {
    fields.filter { subject.columns.contains($0.name) }
  }

  // MARK: Rows

  func owned(
    _ keys: [RowKey], window: CompareQuestion.Window?, of subject: ComparisonSubject
  ) async throws -> OwnerReading {
    guard let source = source(subject) else { throw Comparer.Refused(code: .kindUnknown) }
    return try await snapshot { connection, log in
      let rows = try await source.read(keys, for: subject.audience, on: connection)
      let receivers = try await source.receivers(of: keys, on: connection)
      let history = ComparisonHistory(registry: registry, subject: subject, lane: source.declaration.lane)
      var moving = try await history.waiting(keys, on: connection)
      var isPassed = true
      if let window {
        isPassed = try await history.isPassed(window, epoch: log.epoch, on: connection)
        moving.formUnion(try await history.touched(keys, after: window.since, on: connection))
      }
      return OwnerReading(
        epoch: log.epoch, head: log.head, isPassed: isPassed,
        rows: keys.map { key in
          OwnerReading.Row(
            key: key,
            columns: rows[key]?.fields.map { RowDigest.columns(subject, key: key, fields: $0) },
            generation: rows[key]?.generation ?? 0, isQuiet: !moving.contains(key),
            isElsewhere: Self.isElsewhere(receivers[key], but: subject.audience))
        })
    }
  }

  private static func isElsewhere(_ receivers: Receivers?, but receiver: SiloNumber) -> Bool {
    guard case .only(let silos)? = receivers else { return false }
    return silos.contains { $0 != receiver }
  }

  func held(_ keys: [RowKey], of subject: ComparisonSubject) async throws -> HolderReading {
    guard let sink = sink(subject) else { throw Comparer.Refused(code: .kindUnknown) }
    return try await client.withTransaction(.repeatableRead(readOnly: true)) { connection in
      try await connection.query("SELECT \(SenderStorage.textForms)")
      let cursor = try await cursor(subject, sink.declaration.lane, on: connection)
      let rows = Dictionary(
        try await sink.held(from: subject.stream, keys: keys, on: connection).map { ($0.key, $0) }
      ) { first, _ in first }
      let removed = try await tombstones(keys, subject, on: connection)
      let quarantined = try await quarantined(keys, subject, on: connection)
      return HolderReading(
        epoch: cursor.epoch, cursor: cursor.position, isSettled: cursor.isSettled,
        rows: keys.map { key in
          HolderReading.Row(
            key: key, columns: rows[key].map { RowDigest.columns(subject, key: key, fields: $0.fields) },
            version: rows[key]?.version ?? removed[key], quarantine: quarantined[key])
        })
    }
  }

  private func cursor(
    _ subject: ComparisonSubject, _ lane: Lane, on connection: PostgresConnection
  ) async throws -> (epoch: Epoch, position: Position, isSettled: Bool) {
    let rows = try await connection.query(
      """
      SELECT c.epoch, c.epoch_id, c.position, c.resync_epoch IS NULL FROM outbox.cursor AS c
      WHERE c.stream = \(subject.stream.stored) AND c.lane = \(lane.rawValue)
      """)
    guard let (ordinal, id, position, isSettled) = try rows.decode((Int32, String, Int64, Bool).self).first,
      let epoch = Epoch(ordinal: ordinal, id: id), let position = Position(position)
    else { throw Comparer.Refused(code: .notStarted) }
    return (epoch, position, isSettled)
  }

  private func tombstones(
    _ keys: [RowKey], _ subject: ComparisonSubject, on connection: PostgresConnection
  ) async throws -> [RowKey: RowVersion] {
    let rows = try await connection.query(
      """
      SELECT t.key, t.generation, t.epoch, t.head FROM outbox.tombstone AS t
      WHERE t.kind = \(subject.kind.name) AND t.key = ANY(\(keys.map(\.text))) AND t.stream = \(subject.stream.stored)
      """)
    var versions: [RowKey: RowVersion] = [:]
    for (key, generation, epoch, head) in try rows.decode((String, Int64, Int32, Int64).self) {
      guard let key = RowKey(key) else { continue }
      versions[key] = RowVersion(clamping: generation, epoch, head)
    }
    return versions
  }

  private func quarantined(
    _ keys: [RowKey], _ subject: ComparisonSubject, on connection: PostgresConnection
  ) async throws -> [RowKey: String] {
    let rows = try await connection.query(
      """
      SELECT q.key, q.code FROM outbox.quarantine AS q
      WHERE q.stream = \(subject.stream.stored) AND q.kind = \(subject.kind.name) AND q.key = ANY(\(keys.map(\.text)))
      """)
    var codes: [RowKey: String] = [:]
    for (key, code) in try rows.decode((String, String).self) {
      if let key = RowKey(key) { codes[key] = code }
    }
    return codes
  }

  // MARK: Mending

  /// Records the verdicts, and makes the row come right: the holder lets go of it, the owner sends it again.
  func mend(
    _ items: [CompareQuestion.Mend], of subject: ComparisonSubject, repairs: Bool, isOwner: Bool
  ) async throws {
    let differing = items.filter(\.difference.isDivergence)
    try await client.withTransaction { connection in
      try await IncidentStore.note(
        differing, stream: subject.stream, silo: subject.audience, kind: subject.kind, on: connection)
      try await IncidentStore.close(
        items.filter { $0.difference == .equal }.map(\.key), stream: subject.stream, silo: subject.audience,
        kind: subject.kind, on: connection)
      guard repairs, !differing.isEmpty else { return }
      if isOwner {
        try await RepairRows.request(
          differing.map { RowReference(kind: subject.kind, key: $0.key) }, for: subject.audience,
          capture: Capture(doorbell: doorbell), on: connection)
      } else if let sink = sink(subject) {
        let stuck = differing.filter { sink.mustRelease($0.difference) }.map(\.key)
        if !stuck.isEmpty { try await sink.release(stuck, from: subject.stream, on: connection) }
      }
    }
    if isOwner, repairs { doorbell.ring() }
  }

  /// Reads the own log's place and rows in one snapshot, with values in one text form.
  private func snapshot<Result: Sendable>(
    _ body: (PostgresConnection, LogState) async throws -> Result
  ) async throws -> Result {
    try await client.withTransaction(.repeatableRead(readOnly: true)) { connection in
      let rows = try await connection.query(
        """
        SELECT \(LogStateStore.columns), \(SenderStorage.textForms)
        FROM outbox.sequencer AS s JOIN outbox.epoch AS e ON e.ordinal = s.epoch
        """)
      guard let row = rows.first else { throw Comparer.Refused(code: .notStarted) }
      return try await body(connection, try LogStateStore.decode(row))
    }
  }
}

extension RowVersion {
  /// From columns that may have rotted: what cannot be a version becomes the nearest one.
  package init(clamping generation: Int64, _ epoch: Int32, _ head: Int64) {
    self.init(generation: max(0, generation), epoch: max(1, epoch), head: Position(max(0, head)) ?? .zero)
  }
}
