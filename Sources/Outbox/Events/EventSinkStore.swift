public import Postgres
public import SyncProtocol

/// Puts arriving events into `outbox.inbox`, each once; whoever handles one deletes it in its own transaction.
public struct EventSink: KindSink {
  public init() {}

  public var declaration: KindDeclaration { KindDeclaration(EventSource.kind, key: .int8, lane: .main) }

  /// Ids that arrived are remembered, so redelivery after an event was handled does not bring it back.
  public func apply(
    _ rows: [RowImage], context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowRefusal] {
    let arrived = rows.filter { $0.fields != nil }
    guard !arrived.isEmpty else { return [] }
    func values(_ name: String) -> [String?] { arrived.map { row in row.fields?.first { $0.name == name }?.value } }
    try await connection.execute(
      """
      WITH new AS (
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

  /// Events are no state: nothing is swept.
  public func sweep(
    _ stream: SiloNumber, range: KeyRange, keeping kept: Set<RowKey>, olderThan version: RowVersion, limit: Int,
    on connection: PostgresConnection
  ) async throws -> [RowKey] { [] }
}
