internal import Postgres
internal import SyncProtocol

/// What applications shall be told of, one row per endpoint and entity.
enum WebhookStore {
  /// Notes applied rows for every endpoint that wants their kind, in the transaction that applies them. A newer version takes the place
  /// of one that was not delivered yet.
  static func enqueue(
    _ rows: [RowImage], refused: [RowReference: String], on connection: PostgresConnection
  ) async throws {
    let applied = refused.isEmpty ? rows : rows.filter { refused[$0.row] == nil }
    guard !applied.isEmpty else { return }
    try await connection.execute(
      """
      INSERT INTO outbox.webhook_delivery AS d (webhook, kind, key, generation, epoch, head, removed)
      SELECT w.id, n.kind, n.key, n.generation, n.epoch, n.head, n.removed
      FROM outbox.webhook AS w, unnest(\(applied.map(\.row.kind.name)), \(applied.map(\.row.key.text)),
        \(applied.map(\.version.generation)), \(applied.map(\.version.epoch)), \(applied.map(\.version.head.value)),
        \(applied.map { $0.fields == nil })) AS n (kind, key, generation, epoch, head, removed)
      WHERE w.active AND (cardinality(w.kinds) = 0 OR n.kind = ANY(w.kinds))
      ON CONFLICT (webhook, kind, key) DO UPDATE SET generation = EXCLUDED.generation, epoch = EXCLUDED.epoch,
        head = EXCLUDED.head, removed = EXCLUDED.removed, state = 'waiting', attempts = 0, due = clock_timestamp()
      WHERE (d.generation, d.epoch, d.head) < (EXCLUDED.generation, EXCLUDED.epoch, EXCLUDED.head)
      """)
  }
}
