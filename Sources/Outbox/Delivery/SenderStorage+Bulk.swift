internal import Postgres
internal import SyncProtocol

extension SenderStorage {
  /// Operation 16: everything in one short REPEATABLE READ READ ONLY snapshot.
  func readBulk(receiver: SiloNumber, _ request: BulkRequest, stream: SiloNumber) async throws -> BulkAnswer {
    try FaultPoint.hit(.snapshotBeforeRead)
    return try await client.withTransaction(.repeatableRead(readOnly: true)) { connection in
      let row = try await connection.query(
        """
        SELECT \(LogStateStore.columns), \(Self.hasUnsequenced), \(Self.textForms)
        FROM outbox.sequencer AS s JOIN outbox.epoch AS e ON e.ordinal = s.epoch
        """
      ).only()
      let state = try LogStateStore.decode(row)
      let hasUnsequenced = try Bool(from: row[LogStateStore.columnCount])
      let images: [RowImage]
      let chunk: ChunkRange?
      switch request.wanted {
      case .references(let references):
        let rows = try await read(Set(references).sorted(), for: receiver, byteLimit: nil, on: connection) ?? []
        images = rows.filter { $0.fields != nil }.map { row in
          RowImage(
            row: row.row, version: Self.version(row.generation, state), fields: row.fields)
        }
        chunk = nil
      case .chunk(let kind, let after):
        let read = try await self.chunk(kind, after: after, request, for: receiver, state, on: connection)
        images = read.rows
        chunk = ChunkRange(kind, keys: KeyRange(after: after, through: read.through))
      }
      return BulkAnswer(
        id: request.id, stream: stream, audience: receiver, epoch: state.epoch, head: state.head,
        isExact: !hasUnsequenced, chunk: chunk,
        // Keys that are numbers come in another order now and then.
        rows: RowImage.areAscending(images) ? images : images.sorted { $0.row < $1.row },
        estimates: request.wantsEstimates ? try await estimates(for: receiver, on: connection) : [:])
    }
  }

  /// The next rows of a kind in the order of its keys, and the last key unless there are no more. A kind that this silo does not send has none.
  private func chunk(
    _ kind: Kind, after: RowKey?, _ request: BulkRequest, for receiver: SiloNumber, _ state: LogState,
    on connection: PostgresConnection
  ) async throws -> (rows: [RowImage], through: RowKey?) {
    guard let source = registry.sources[kind] else { return ([], nil) }
    let limit = min(request.rowLimit, WireLimits.maximumRowsPerChunk)
    let found = try await source.chunk(receiver, after: after, limit: limit, on: connection)
    var rows: [RowImage] = []
    rows.reserveCapacity(found.count)
    var bytes = 0
    for (key, row) in found {
      let fitting = RowSize.fitting(key: key, fields: row.fields)
      bytes += min(fitting.bytes, WireLimits.maximumRowBytes)
      if bytes > min(request.byteLimit, WireLimits.maximumBytesPerChunk), let last = rows.last {
        return (rows, last.row.key)
      }
      rows.append(
        RowImage(
          row: RowReference(kind: kind, key: key), version: Self.version(row.generation, state), fields: fitting.fields)
      )
    }
    return (rows, found.count < limit ? nil : rows.last?.row.key)
  }

  private static func version(_ generation: Int64, _ state: LogState) -> RowVersion {
    RowVersion(generation: generation, epoch: state.epoch.ordinal, head: state.head)
  }

  private func estimates(for receiver: SiloNumber, on connection: PostgresConnection) async throws -> [Kind: Int64] {
    var estimates: [Kind: Int64] = [:]
    for (kind, source) in registry.sources.sorted(by: { $0.key < $1.key }) {
      estimates[kind] = try await source.estimate(receiver, on: connection)
    }
    return estimates
  }

  /// Keeps what a receiver says about its snapshot, for operators. Losing it loses nothing.
  func note(_ receiver: SiloNumber, done: Int64, expected: Int64?) async throws {
    try await client.execute(
      """
      WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
      INSERT INTO outbox.peer AS p (silo, snapshot_rows, snapshot_expected, snapshot_started, snapshot_seen)
      SELECT \(receiver.stored), \(done), \(expected), clock_timestamp(), clock_timestamp() FROM relaxed
      ON CONFLICT (silo) DO UPDATE SET snapshot_rows = EXCLUDED.snapshot_rows, snapshot_seen = EXCLUDED.snapshot_seen,
        snapshot_expected = COALESCE(EXCLUDED.snapshot_expected, p.snapshot_expected),
        snapshot_started = CASE WHEN EXCLUDED.snapshot_rows = 0 OR p.snapshot_started IS NULL
          THEN EXCLUDED.snapshot_started ELSE p.snapshot_started END
      """)
  }
}
