public import Postgres
public import SyncProtocol

/// Sends events that are not state, such as commands and audit records: each carries its payload and is kept until its one receiver
/// acknowledged it.
public struct EventSource: KindSource {
  public static let kind = Kind("event" as StaticString)
  /// Days for which the last event that a receiver took is named to it: less than it remembers what arrived (``EventSink/memoryDays``).
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
          SELECT e.id FROM outbox.event AS e WHERE e.receiver = \(receiver.stored) ORDER BY e.id DESC OFFSET \(limit))
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

  /// Acknowledged events go. They count as nothing: a receiver restored to before starts with what is left, and learns from the next event that some are
  /// lost.
  ///
  /// Not while the receiver is started over by pointers: its cursors begin at the head, and the events are still to come.
  public func finalize(
    _ receiver: SiloNumber, appliedBy snapshot: TransactionSnapshot, on connection: PostgresConnection
  ) async throws -> Int {
    try await connection.execute(
      """
      WITH gone AS (
        DELETE FROM outbox.event WHERE receiver = \(receiver.stored)
          AND pg_visible_in_snapshot(xid, (SELECT \(snapshot.description)::text::pg_snapshot))
          AND NOT EXISTS (
            SELECT FROM outbox.peer AS p WHERE p.silo = \(receiver.stored) AND p.resync_transaction IS NOT NULL
              AND NOT pg_visible_in_snapshot(p.resync_transaction, (SELECT \(snapshot.description)::text::pg_snapshot)))
        RETURNING id
      )
      INSERT INTO outbox.event_forgotten AS f (receiver, id)
      SELECT \(receiver.stored), max(g.id) FROM gone AS g HAVING count(*) > 0
      ON CONFLICT (receiver) DO UPDATE SET id = GREATEST(f.id, EXCLUDED.id), forgotten = clock_timestamp()
      """)
    return 0
  }
}
