public import Postgres
public import SyncProtocol

/// Sends events that are not state, such as commands and audit records: each carries its payload and is kept until its one receiver
/// acknowledged it.
public struct EventSource: KindSource {
  public static let kind = Kind("event" as StaticString)
  /// Events without meaning: whoever knows one has had everything that had arrived when it was made.
  static let markTopic = "outbox.mark"
  /// Days for which the last mark that a receiver took is named to it: less than it remembers what arrived (``EventSink/memoryDays``).
  static let namedDays: Int32 = 45

  public init() {}

  public var declaration: KindDeclaration { KindDeclaration(Self.kind, key: .int8, lane: .main) }

  /// Keeps an event and appends its pointer in the caller's transaction. Returns its id: of the moment and of chance, so that no restored database gives
  /// it to another event.
  @discardableResult
  public static func emit(
    _ topic: String, payload: JSONB, to receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> Int64 {
    try await connection.query("SELECT outbox.emit(\(receiver.stored), \(topic), \(payload))").only().decode(Int64.self)
  }

  /// Drops a receiver's oldest events beyond `limit` and tells it so by an event `events_lost` with the first and last id. Returns how many.
  @discardableResult
  public static func shed(
    beyond limit: Int64, of receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> Int64 {
    let row = try await connection.query(
      """
      WITH gone AS (
        DELETE FROM outbox.event WHERE id IN (
          SELECT e.id FROM outbox.event AS e
          WHERE e.receiver = \(receiver.stored) AND e.mark IS NULL AND e.topic <> \(Self.markTopic)
          ORDER BY e.id DESC OFFSET \(limit))
        RETURNING id
      )
      SELECT count(*), min(id), max(id) FROM gone
      """
    ).only()
    let (count, first, last) = try row.decode((Int64, Int64?, Int64?).self)
    if let first, let last {
      try await emit("events_lost", payload: JSONB("{\"from\":\(first),\"to\":\(last)}"), to: receiver, on: connection)
    }
    return count
  }

  public func receivers(of keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: Receivers] {
    let rows = try await connection.query(
      "SELECT id::text, receiver FROM outbox.event WHERE id = ANY(\(keys.map(\.text))::text[]::int8[])")
    return Dictionary(
      try rows.decode((String, Int16).self).compactMap { text, number in
        guard let key = RowKey(text), let silo = SiloNumber(Int(number)) else { return nil }
        return (key, Receivers.only([silo]))
      }
    ) { first, _ in first }
  }

  public func read(
    _ keys: [RowKey], for receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> [RowKey: SourceRow] {
    let rows = try await connection.query(
      """
      SELECT e.id::text, e.topic, e.payload::text, f.id::text FROM outbox.event AS e
      LEFT JOIN outbox.event_forgotten AS f ON f.receiver = e.receiver
        AND f.forgotten > clock_timestamp() - make_interval(days => \(Self.namedDays))
      WHERE e.id = ANY(\(keys.map(\.text))::text[]::int8[]) AND e.receiver = \(receiver.stored)
      """)
    return Dictionary(
      try rows.decode((String, String, String, String?).self).compactMap { text, topic, payload, forgotten in
        RowKey(text).map { key in
          let values = [("forgotten", forgotten), ("id", text), ("topic", topic), ("payload", payload)]
          return (key, SourceRow(values: values))
        }
      }
    ) { first, _ in first }
  }

  public func entitled(
    _ receiver: SiloNumber, after last: RowKey?, limit: Int, on connection: PostgresConnection
  ) async throws -> [RowKey] {
    try await connection.query(
      """
      SELECT id::text FROM outbox.event
      WHERE receiver = \(receiver.stored) AND id > COALESCE(\(last?.text)::text::int8, \(Int64.min))
      ORDER BY id LIMIT \(Int64(limit))
      """
    ).decode(String.self).compactMap { RowKey($0) }
  }

  /// Acknowledged events go, in two steps: a mark is made for those that have arrived, and they are deleted once it has arrived as well. A receiver that is restored to
  /// before has what is left sent again, or does not know the mark, and so learns that some are lost. They count as nothing.
  ///
  /// Not while the receiver is started over by pointers: its cursors begin at the head, and the events are still to come.
  public func finalize(
    _ receiver: SiloNumber, appliedBy snapshot: TransactionSnapshot, on connection: PostgresConnection
  ) async throws -> Int {
    let applied = Self.applied(receiver, snapshot)
    let isAnythingNew = try await connection.query(
      """
      SELECT EXISTS (
        SELECT FROM outbox.event AS e LEFT JOIN outbox.event_forgotten AS f ON f.receiver = e.receiver
        WHERE \(applied) AND CASE WHEN f.mark IS NULL THEN e.mark IS NULL AND e.topic <> \(Self.markTopic) ELSE e.id = f.mark END)
      """
    ).only().decode(Bool.self)
    guard isAnythingNew else { return 0 }
    try await connection.execute(
      "INSERT INTO outbox.event_forgotten (receiver) VALUES (\(receiver.stored)) ON CONFLICT (receiver) DO NOTHING")
    // One mark is under way at a time, whoever serves the receiver.
    try await connection.execute(
      "SELECT FROM outbox.event_forgotten AS f WHERE f.receiver = \(receiver.stored) FOR UPDATE")
    try await forget(receiver, applied, on: connection)
    try await mark(receiver, applied, on: connection)
    return 0
  }

  /// Events `e` of a receiver that it has applied.
  private static func applied(_ receiver: SiloNumber, _ snapshot: TransactionSnapshot) -> SQL {
    """
    e.receiver = \(receiver.stored) AND pg_visible_in_snapshot(e.xid, (SELECT \(snapshot.description)::text::pg_snapshot))
      AND NOT EXISTS (
        SELECT FROM outbox.peer AS p WHERE p.silo = \(receiver.stored) AND p.resync_transaction IS NOT NULL
          AND NOT pg_visible_in_snapshot(p.resync_transaction, (SELECT \(snapshot.description)::text::pg_snapshot)))
    """
  }

  /// Deletes what a mark stands for that has arrived, and the mark before it.
  private func forget(_ receiver: SiloNumber, _ applied: SQL, on connection: PostgresConnection) async throws {
    try await connection.execute(
      """
      WITH arrived AS (
        UPDATE outbox.event_forgotten AS f SET id = f.mark, mark = NULL, forgotten = clock_timestamp()
        FROM outbox.event AS e WHERE f.receiver = \(receiver.stored) AND e.id = f.mark AND \(applied)
        RETURNING f.id
      )
      DELETE FROM outbox.event AS e USING arrived
      WHERE e.receiver = \(receiver.stored) AND (e.mark = arrived.id OR e.topic = \(Self.markTopic) AND e.id <> arrived.id)
      """)
  }

  /// Makes a mark for what has arrived, unless one is under way. Its id is above all that it stands for: a snapshot brings it after them.
  private func mark(_ receiver: SiloNumber, _ applied: SQL, on connection: PostgresConnection) async throws {
    try await connection.execute(
      """
      WITH mark AS (
        SELECT GREATEST(
            (extract(epoch FROM clock_timestamp() - timestamptz '2020-01-01 00:00:00+00') * 1000000)::bigint * 4096,
            (SELECT max(o.id) + 1 FROM outbox.event AS o WHERE o.receiver = \(receiver.stored))) AS id
        FROM outbox.event_forgotten AS f WHERE f.receiver = \(receiver.stored) AND f.mark IS NULL
      ),
      marked AS (
        UPDATE outbox.event AS e SET mark = mark.id FROM mark
        WHERE \(applied) AND e.mark IS NULL AND e.topic <> \(Self.markTopic) RETURNING mark.id
      ),
      made AS (
        INSERT INTO outbox.event (id, receiver, topic, payload)
        SELECT DISTINCT m.id, \(receiver.stored)::smallint, \(Self.markTopic), '{}'::jsonb FROM marked AS m RETURNING id
      ),
      noted AS (
        UPDATE outbox.event_forgotten AS f SET mark = made.id FROM made WHERE f.receiver = \(receiver.stored)
      )
      SELECT outbox.append_pointers(ARRAY[k.id], ARRAY[int8send(made.id)]) FROM made, outbox.kind AS k
      WHERE k.name = \(Self.kind.name)
      """)
  }
}
