public import Postgres
public import SyncProtocol

/// Puts arriving events into `outbox.inbox`, each once; whoever handles one deletes it in its own transaction.
public struct EventSink: KindSink {
  /// Days for which an id is remembered after it arrived last. A source keeps an event until it was acknowledged; one that is restored from an older backup
  /// may bring again what it had forgotten to have sent.
  public static let memoryDays: Int32 = 90
  /// Ids forgotten at once.
  static let forgottenAtOnce: Int64 = 10_000

  public init() {}

  public var declaration: KindDeclaration { KindDeclaration(EventSource.kind, key: .int8, lane: .main) }

  /// Ids that arrived are remembered, so redelivery after an event was handled does not bring it back; and longer, when they come again.
  public func apply(
    _ rows: [RowImage], context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowRefusal] {
    let all = rows.filter { $0.fields != nil }
    guard !all.isEmpty else { return [] }
    let isMark = { (row: RowImage) in Self.value("topic", of: row) == EventSource.markTopic }
    let arrived = all.filter { !isMark($0) }
    try await confirmMarks(context.stream, on: connection)
    let forgotten = Set(all.compactMap { Self.value("forgotten", of: $0).flatMap(Int64.init) })
    try await noteLost(forgotten, context.stream, on: connection)
    try await note(all.filter(isMark).map(\.row.key.text), context.stream, on: connection)
    guard !arrived.isEmpty else { return [] }
    func values(_ name: String) -> [String?] { arrived.map { Self.value(name, of: $0) } }
    try await connection.execute(
      """
      WITH again AS (
        UPDATE outbox.inbox_seen AS s SET seen = clock_timestamp()
        WHERE s.stream = \(context.stream.stored) AND s.id = ANY(\(arrived.map(\.row.key.text))::text[]::int8[])
      ),
      new AS (
        INSERT INTO outbox.inbox_seen AS s (stream, id)
        SELECT \(context.stream.stored), n.key::int8 FROM unnest(\(arrived.map(\.row.key.text))) AS n (key)
        ON CONFLICT (stream, id) DO NOTHING RETURNING s.id
      )
      INSERT INTO outbox.inbox (stream, id, topic, payload)
      SELECT \(context.stream.stored), new.id, n.topic, n.payload::jsonb
      FROM unnest(\(arrived.map(\.row.key.text)), \(values("topic")), \(values("payload"))) AS n (key, topic, payload)
      JOIN new ON new.id = n.key::int8
      """)
    return []
  }

  private static func value(_ name: String, of row: RowImage) -> String? {
    row.fields?.first { $0.name == name }?.value
  }

  /// Remembers marks: those that come while the stream is started over may come before what they stand for, and prove nothing until it is whole.
  private func note(_ marks: [String], _ stream: SiloNumber, on connection: PostgresConnection) async throws {
    guard !marks.isEmpty else { return }
    try await connection.execute(
      """
      INSERT INTO outbox.inbox_seen AS s (stream, id, provisional)
      SELECT \(stream.stored), n.key::int8, \(Self.isStartingOver(stream)) FROM unnest(\(marks)) AS n (key)
      ON CONFLICT (stream, id) DO UPDATE
        SET seen = clock_timestamp(), provisional = s.provisional AND EXCLUDED.provisional
      """)
  }

  private func confirmMarks(_ stream: SiloNumber, on connection: PostgresConnection) async throws {
    try await connection.execute(
      """
      UPDATE outbox.inbox_seen AS s SET provisional = false
      WHERE s.stream = \(stream.stored) AND s.provisional AND NOT \(Self.isStartingOver(stream))
      """)
  }

  private static func isStartingOver(_ stream: SiloNumber) -> SQL {
    """
    EXISTS (
      SELECT FROM outbox.cursor AS c WHERE c.stream = \(stream.stored) AND c.lane = 'main' AND c.resync_epoch IS NOT NULL)
    """
  }

  /// What the source says it has forgotten because it arrived here, and did not: this database was restored to before, or is a new one. Whoever handles
  /// events is told so by one of its own, `events_lost` with the last id that is known (null for none) and the mark below which some are lost.
  private func noteLost(_ forgotten: Set<Int64>, _ stream: SiloNumber, on connection: PostgresConnection) async throws {
    guard let last = forgotten.max() else { return }
    try await connection.execute(
      """
      WITH known AS (SELECT max(s.id) AS id FROM outbox.inbox_seen AS s WHERE s.stream = \(stream.stored) AND s.id < \(last)),
      lost AS (
        INSERT INTO outbox.inbox_seen AS s (stream, id) VALUES (\(stream.stored), \(last))
        ON CONFLICT (stream, id) DO UPDATE SET provisional = false WHERE s.provisional RETURNING s.id
      )
      INSERT INTO outbox.inbox (stream, id, topic, payload)
      SELECT \(stream.stored), lost.id, 'events_lost', jsonb_build_object('from', known.id, 'to', lost.id)
      FROM lost, known
      """)
  }

  /// Forgets ids that arrived long ago: not while the stream starts over, which brings everything again that its source still keeps, nor while it
  /// stands still, when the source may not have heard that they arrived, and none whose event was not handled.
  ///
  /// - Parameter whose: which cursors `c` count.
  static func forget(_ whose: SQL, on connection: PostgresConnection) async throws {
    try await connection.execute(
      """
      DELETE FROM outbox.inbox_seen WHERE (stream, id) IN (
        SELECT s.stream, s.id FROM outbox.inbox_seen AS s
        JOIN outbox.cursor AS c ON c.stream = s.stream AND c.lane = 'main' AND c.resync_epoch IS NULL
        WHERE \(whose) AND s.seen < c.applied - make_interval(days => \(memoryDays))
          AND NOT EXISTS (SELECT FROM outbox.inbox AS i WHERE i.stream = s.stream AND i.id = s.id)
        ORDER BY s.seen LIMIT \(forgottenAtOnce))
      """)
  }

  /// Events are no state: nothing is swept.
  public func sweep(
    _ stream: SiloNumber, range: KeyRange, keeping kept: Set<RowKey>, olderThan version: RowVersion, limit: Int,
    on connection: PostgresConnection
  ) async throws -> [RowKey] { [] }
}
