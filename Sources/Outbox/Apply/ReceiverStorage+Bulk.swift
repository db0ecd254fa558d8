internal import Postgres
internal import SyncProtocol

extension ReceiverStorage {
  /// Rows that one chunk may sweep: what remains in its range is swept by the next ones, so that no transaction grows long.
  static let sweepLimit = 5000

  /// Operation 20. Losing it in a crash loses nothing: whoever waits for the answer dies as well.
  func recordBulk(_ request: BulkRequest) async throws {
    try FaultPoint.hit(.snapshotBeforeRequest)
    var kind: Kind?
    var after: RowKey?
    if case .chunk(let wanted, let start) = request.wanted { (kind, after) = (wanted, start) }
    try await client.execute(
      """
      WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
      old AS (
        DELETE FROM outbox.bulk_request AS b USING relaxed
        WHERE b.stream = \(request.stream.stored) AND b.kind IS NOT NULL AND b.kind = \(kind?.name)
          AND b.after_key IS DISTINCT FROM \(after?.text) AND b.after_key IS DISTINCT FROM (
            SELECT s.after_key FROM outbox.snapshot AS s WHERE s.stream = b.stream AND s.kind = b.kind)
      )
      INSERT INTO outbox.bulk_request (id, stream, lane, epoch, position, kind, after_key)
      SELECT \(request.id), c.stream, c.lane, c.epoch, c.position, \(kind?.name), \(after?.text)
      FROM outbox.cursor AS c WHERE c.stream = \(request.stream.stored) AND c.lane = \(request.lane.rawValue)
      ON CONFLICT (id) DO NOTHING
      """)
  }

  /// Operation 21. First without savepoints; if a row is at fault again with them, as a batch is.
  func applyBulk(_ answer: BulkAnswer) async throws -> BulkOutcome {
    let outcome: BulkOutcome
    do {
      outcome = try await applyBulk(answer, isCareful: false)
    } catch let error as PostgresError where error.isRowTrouble {
      outcome = try await applyBulk(answer, isCareful: true)
    }
    try FaultPoint.hit(.snapshotAfterCommit)
    return outcome
  }

  private func applyBulk(_ answer: BulkAnswer, isCareful: Bool) async throws -> BulkOutcome {
    try await client.withTransaction { connection in
      guard let asked = try await asked(answer, on: connection) else { return .forgotten }
      if let chunk = answer.chunk {
        guard let sink = registry.sinks[chunk.kind], sink.declaration.lane == asked.lane,
          keys(of: chunk.keys, areOf: sink.declaration.keyType), asked.continues(chunk, answer)
        else { return .forgotten }
      }
      let context = ApplyContext(stream: answer.stream, lane: asked.lane, epoch: answer.epoch)
      // A repair says nothing about rows that it leaves out, and never removes.
      let rows = answer.chunk == nil ? answer.rows.filter { $0.fields != nil } : answer.rows
      let filled = isCareful ? nil : try await fill(rows, of: answer.chunk, context: context, on: connection)
      let application = RowApplication(registry: registry, isCareful: isCareful)
      let refused =
        if let filled { filled } else { try await application.apply(rows, context: context, on: connection) }
      try await AppliedRowStore.note(rows, refused: refused, stream: answer.stream, on: connection)
      try FaultPoint.hit(.snapshotAfterRows)
      var progress: SnapshotState.Progress?
      if let chunk = answer.chunk {
        progress = try await advance(chunk, answer, lane: asked.lane, wasEmpty: filled != nil, on: connection)
      }
      try await raise(answer, lane: asked.lane, on: connection)
      try FaultPoint.hit(.snapshotBeforeCommit)
      return .applied(progress)
    }
  }

  /// What this database knows of an answer's request.
  private struct Asked {
    let lane: Lane
    let resync: LaneState.Resync?
    /// How far the chunk's kind is; nil before its first chunk.
    let progress: (isDone: Bool, after: String?)?

    /// Whether the chunk belongs to the snapshot of its lane and begins where its kind's progress ends.
    func continues(_ chunk: ChunkRange, _ answer: BulkAnswer) -> Bool {
      guard let resync, resync.isChunked, resync.epoch == answer.epoch.ordinal, answer.head >= resync.bound else {
        return false
      }
      guard let progress else { return chunk.keys.after == nil }
      return !progress.isDone && progress.after == chunk.keys.after?.text
    }
  }

  /// Forgets the request and locks its lane: appliers of one lane go one after another. The progress is read behind the lock, by a statement with a
  /// snapshot of its own.
  private func asked(_ answer: BulkAnswer, on connection: PostgresConnection) async throws -> Asked? {
    let results = try await connection.pipeline { pipeline in
      pipeline.add(
        """
        WITH asked AS (
          DELETE FROM outbox.bulk_request AS b WHERE b.id = \(answer.id) AND b.stream = \(answer.stream.stored)
            AND (b.kind, b.after_key) IS NOT DISTINCT FROM (\(answer.chunk?.kind.name)::text, \(answer.chunk?.keys.after?.text)::text)
          RETURNING b.lane)
        SELECT c.lane, c.epoch = \(answer.epoch.ordinal) AND c.epoch_id = \(answer.epoch.id), c.resync_epoch, c.resync_bound,
          c.resync_token
        FROM outbox.cursor AS c JOIN asked ON asked.lane = c.lane
        WHERE c.stream = \(answer.stream.stored) FOR UPDATE OF c
        """)
      pipeline.add(
        """
        SELECT done, after_key FROM outbox.snapshot
        WHERE stream = \(answer.stream.stored) AND kind = \(answer.chunk?.kind.name)
        """)
    }
    guard let row = results[0].first else { return nil }
    let (name, isSameEpoch, epoch, bound, token) = try row.decode((String, Bool, Int32?, Int64?, TransactionID?).self)
    guard let lane = Lane(rawValue: name), isSameEpoch,
      answer.rows.allSatisfy({ $0.version.epoch == answer.epoch.ordinal && $0.version.head == answer.head })
    else { return nil }
    let progress = try results[1].decode((Bool, String?).self).first.map { (isDone: $0.0, after: $0.1) }
    guard let epoch, let bound = bound.flatMap({ Position($0) }) else {
      return Asked(lane: lane, resync: nil, progress: progress)
    }
    return Asked(
      lane: lane, resync: .init(epoch: epoch, bound: bound, token: token?.rawValue), progress: progress)
  }

  private func keys(of range: KeyRange, areOf type: KeyType) -> Bool {
    [range.after, range.through].allSatisfy { $0.map(type.isCanonical) ?? true }
  }

  /// The refused rows of a chunk whose range held nothing; nil when it must be applied row by row.
  private func fill(
    _ rows: [RowImage], of chunk: ChunkRange?, context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowReference: String]? {
    guard let chunk, let sink = registry.sinks[chunk.kind], RowApplication.areAcceptable(rows, to: sink),
      let refusals = try await sink.fill(rows, range: chunk.keys, context: context, on: connection)
    else { return nil }
    return Dictionary(refusals.map { (RowReference(kind: chunk.kind, key: $0.key), $0.code) }) { first, _ in first }
  }

  /// Sweeps the chunk's range, saves how far its kind is, and ends the snapshot of lanes that have everything.
  private func advance(
    _ chunk: ChunkRange, _ answer: BulkAnswer, lane: Lane, wasEmpty: Bool, on connection: PostgresConnection
  ) async throws -> SnapshotState.Progress {
    var swept: [RowKey] = []
    if !wasEmpty, let sink = registry.sinks[chunk.kind] {
      let bound = RowVersion(generation: 0, epoch: answer.epoch.ordinal, head: answer.head)
      swept = try await sink.sweep(
        answer.stream, range: chunk.keys, keeping: Set(answer.rows.map(\.row.key)), olderThan: bound,
        limit: Self.sweepLimit, on: connection)
      let images = swept.map { RowImage(row: RowReference(kind: chunk.kind, key: $0), version: bound, fields: nil) }
      try await WebhookStore.enqueue(images, refused: [:], on: connection)
    }
    let isWhole = swept.count < Self.sweepLimit
    let after = isWhole ? chunk.keys.through : swept.last
    let isDone = isWhole && after == nil
    let count = Int64(answer.rows.count)
    let saved = try await connection.query(
      """
      INSERT INTO outbox.snapshot AS s (stream, kind, lane, after_key, rows, expected, done)
      VALUES (\(answer.stream.stored), \(chunk.kind.name), \(lane.rawValue), \(after?.text), \(count),
        \(answer.estimates[chunk.kind]), \(isDone))
      ON CONFLICT (stream, kind) DO UPDATE SET after_key = EXCLUDED.after_key, rows = s.rows + EXCLUDED.rows,
        expected = COALESCE(EXCLUDED.expected, s.expected), done = EXCLUDED.done, updated = clock_timestamp(),
        rate = CASE WHEN s.rows = 0 THEN 0 ELSE s.rate * CASE WHEN s.rate = 0 THEN 0 ELSE 0.8 END
          + EXCLUDED.rows * CASE WHEN s.rate = 0 THEN 1 ELSE 0.2 END
            / GREATEST(extract(epoch FROM clock_timestamp() - s.updated)::float8, 0.001) END
      RETURNING s.rows, s.expected
      """
    ).only()
    let (rows, expected) = try saved.decode((Int64, Int64?).self)
    try await noteEstimates(answer, on: connection)
    if isDone { try await endWholeLanes(of: answer.stream, on: connection) }
    return .init(after: after, rows: rows, isDone: isDone, expected: expected)
  }

  /// What the sender says of kinds that did not begin yet.
  private func noteEstimates(_ answer: BulkAnswer, on connection: PostgresConnection) async throws {
    let known = registry.sinks.values.map(\.declaration).filter { answer.estimates[$0.kind] != nil }
    guard !known.isEmpty else { return }
    try await connection.execute(
      """
      INSERT INTO outbox.snapshot AS s (stream, kind, lane, expected)
      SELECT \(answer.stream.stored), n.kind, n.lane, n.expected
      FROM unnest(\(known.map(\.kind.name)), \(known.map(\.lane.rawValue)), \(known.map { answer.estimates[$0.kind] ?? 0 }))
        AS n (kind, lane, expected)
      ON CONFLICT (stream, kind) DO UPDATE SET expected = EXCLUDED.expected
      """)
  }

  private func endWholeLanes(of stream: SiloNumber, on connection: PostgresConnection) async throws {
    let kinds = registry.sinks.values.map(\.declaration)
    try await connection.execute(
      """
      UPDATE outbox.cursor AS c SET resync_epoch = NULL, resync_bound = NULL
      WHERE c.stream = \(stream.stored) AND c.resync_epoch IS NOT NULL AND c.resync_token IS NULL AND NOT EXISTS (
        SELECT FROM unnest(\(kinds.map(\.kind.name)), \(kinds.map(\.lane.rawValue))) AS k (kind, lane)
        WHERE k.lane = c.lane AND NOT EXISTS (
          SELECT FROM outbox.snapshot AS s WHERE s.stream = c.stream AND s.kind = k.kind AND s.done))
      """)
  }

  /// The lane is no exact cut until its cursor has passed the read. Goes out with the COMMIT.
  private func raise(_ answer: BulkAnswer, lane: Lane, on connection: PostgresConnection) async throws {
    try await connection.enqueue(
      """
      UPDATE outbox.cursor SET seen = GREATEST(seen, \(answer.reach.value)),
        consistent_at = GREATEST(consistent_at, \(answer.reach.value)), consistency_known = false
      WHERE stream = \(answer.stream.stored) AND lane = \(lane.rawValue)
      """)
  }

  /// Operation 23.
  func readSnapshot(stream: SiloNumber) async throws -> SnapshotState? {
    try await client.withTransaction(.repeatableRead(readOnly: true)) { connection in
      let lanes = try await connection.query(
        """
        SELECT lane, epoch, epoch_id, resync_bound FROM outbox.cursor
        WHERE stream = \(stream.stored) AND resync_epoch = epoch AND resync_token IS NULL ORDER BY lane
        """
      ).decode((String, Int32, String, Int64).self)
      guard let (_, ordinal, id, start) = lanes.first, let epoch = Epoch(ordinal: ordinal, id: id),
        let bound = Position(start)
      else { return nil }
      var state = SnapshotState(epoch: epoch, bound: bound, lanes: Set(lanes.compactMap { Lane(rawValue: $0.0) }))
      let kinds = try await connection.query(
        "SELECT kind, after_key, rows, done, expected FROM outbox.snapshot WHERE stream = \(stream.stored)"
      ).decode((String, String?, Int64, Bool, Int64?).self)
      for (name, after, rows, isDone, expected) in kinds {
        guard let kind = Kind(name) else { continue }
        state.kinds[kind] = .init(after: after.flatMap { RowKey($0) }, rows: rows, isDone: isDone, expected: expected)
      }
      let requests = try await connection.query(
        """
        SELECT id, kind, after_key FROM outbox.bulk_request WHERE stream = \(stream.stored) AND kind IS NOT NULL ORDER BY id
        """
      ).decode((String, String, String?).self)
      state.outstanding = requests.compactMap { id, name, after in
        Kind(name).map { .init(id: id, kind: $0, after: after.flatMap { RowKey($0) }) }
      }
      return state
    }
  }
}
