internal import Postgres
internal import SyncProtocol

/// What the log, and what waits in front of it, say about suspected rows.
struct ComparisonHistory: Sendable {
  let registry: KindRegistry
  let subject: ComparisonSubject
  let lane: Lane

  /// Interests change what a receiver is entitled to; repairs do not.
  private func isInterest(_ kind: Kind) -> Bool { registry.interests[kind] != nil && kind != RepairRows.kind }

  /// Rows with a pointer that has no position yet. All of them while an interest waits or a large transaction is only partly in the log.
  func waiting(_ keys: [RowKey], on connection: PostgresConnection) async throws -> Set<RowKey> {
    let catalog = try await KindStore.catalog(on: connection)
    guard let entry = catalog[subject.kind] else { return Set(keys) }
    let interests = registry.interests.keys.filter(isInterest).compactMap { catalog[$0]?.id }.sorted()
    let rows = try await connection.query(
      """
      SELECT NULL::bytea FROM outbox.sequencer AS s WHERE s.cut IS NOT NULL OR EXISTS (SELECT FROM outbox.carry)
      UNION ALL
      SELECT CASE WHEN p.kind = \(entry.id) THEN p.key END FROM outbox.sequencer AS s, outbox.pending AS p
      WHERE p.seq > s.floor AND NOT pg_visible_in_snapshot(p.xid, s.done)
        AND ((p.kind = \(entry.id) AND p.key = ANY(\(keys.compactMap { entry.keyType.encode($0) })))
          OR p.kind = ANY(\(interests)))
      LIMIT 10000
      """)
    var waiting: Set<RowKey> = []
    for bytes in try rows.decode([UInt8]?.self) {
      guard let bytes, let key = entry.keyType.decode(bytes) else { return Set(keys) }
      waiting.insert(key)
    }
    return waiting
  }

  /// Whether a receiver with the window's cursor has everything that concerns it up to the window's beginning.
  func isPassed(
    _ window: CompareQuestion.Window, epoch: Epoch, on connection: PostgresConnection
  ) async throws -> Bool {
    guard window.epoch == epoch else { return false }
    if window.cursor >= window.since { return true }
    let entries = try await entries(after: window.cursor, on: connection)
    guard let entries else { return false }
    return !entries.contains { entry in
      entry.position <= window.since && entry.receivers.contains(subject.audience)
        && (registry.interests[entry.row.kind] != nil || registry.lane(of: entry.row.kind) == lane)
    }
  }

  /// The rows that something got a position for.
  func touched(
    _ keys: [RowKey], after position: Position, on connection: PostgresConnection
  ) async throws -> Set<RowKey> {
    guard let entries = try await entries(after: position, on: connection) else { return Set(keys) }
    var touched: Set<RowKey> = []
    for entry in entries {
      if entry.row.kind == subject.kind { touched.insert(entry.row.key) }
      if isInterest(entry.row.kind), entry.receivers.contains(subject.audience) { return Set(keys) }
    }
    return touched.intersection(keys)
  }

  /// The lane's entries behind a position; nil when there are too many to look at.
  private func entries(after position: Position, on connection: PostgresConnection) async throws -> [LogEntry]? {
    let page = try await LogReader.segments(
      after: position, lane: lane, limit: ComparisonStorage.segmentLimit, on: connection)
    guard page.segments.count < ComparisonStorage.segmentLimit else { return nil }
    let catalog = try await KindStore.catalog(on: connection)
    var entries: [LogEntry] = []
    for segment in page.segments {
      entries += try SegmentCodec.decode(segment.entries, first: segment.first, catalog: catalog)
        .filter { $0.position > position }
    }
    return entries
  }
}
