public import FoundationEssentials
public import Postgres
internal import SyncProtocol

/// Endpoints and their deliveries: one row per endpoint and entity.
public struct WebhookStore: Sendable {
  /// An application that is told of changes.
  public struct Endpoint: Sendable, Hashable {
    public let id: UUID
    public let url: String
    /// Empty: all kinds.
    public let kinds: [String]
    public let isActive: Bool
    public let waiting: Int64
    public let dead: Int64
  }

  let box: WebhookSecretBox

  public init(box: WebhookSecretBox) {
    self.box = box
  }

  /// Adds an endpoint. It is told of what is applied from now on.
  public func add(
    url: String, kinds: [String], secret: WebhookSecret, on connection: PostgresConnection
  ) async throws -> UUID {
    let id = UUID()
    try await connection.execute(
      """
      INSERT INTO outbox.webhook (id, url, kinds, secrets)
      VALUES (\(id), \(url), \(kinds), \([try box.seal(secret, row: id)]))
      """)
    return id
  }

  /// Signs with a new secret besides the newest old one, until the next rotation. False when there is no such endpoint.
  public func rotate(_ id: UUID, to secret: WebhookSecret, on connection: PostgresConnection) async throws -> Bool {
    try await connection.execute(
      """
      UPDATE outbox.webhook SET secrets = ARRAY[\(try box.seal(secret, row: id)), secrets[1]] WHERE id = \(id)
      """) == 1
  }

  public func remove(_ id: UUID, on connection: PostgresConnection) async throws -> Bool {
    try await connection.execute("DELETE FROM outbox.webhook WHERE id = \(id)") == 1
  }

  /// Tries the dead deliveries of an endpoint again and activates it. Returns how many.
  public func replay(_ id: UUID, on connection: PostgresConnection) async throws -> Int {
    try await connection.execute("UPDATE outbox.webhook SET active = true WHERE id = \(id)")
    return try await connection.execute(
      """
      UPDATE outbox.webhook_delivery SET state = 'waiting', attempts = 0, due = clock_timestamp(), leased = NULL
      WHERE webhook = \(id) AND state = 'dead'
      """)
  }

  public func list(on connection: PostgresConnection) async throws -> [Endpoint] {
    try await connection.query(
      """
      SELECT w.id, w.url, w.kinds, w.active, count(*) FILTER (WHERE d.state = 'waiting'),
        count(*) FILTER (WHERE d.state = 'dead')
      FROM outbox.webhook AS w LEFT JOIN outbox.webhook_delivery AS d ON d.webhook = w.id
      GROUP BY w.id ORDER BY w.created, w.id
      """
    ).decode((UUID, String, [String], Bool, Int64, Int64).self).map { id, url, kinds, isActive, waiting, dead in
      Endpoint(id: id, url: url, kinds: kinds, isActive: isActive, waiting: waiting, dead: dead)
    }
  }

  /// Notes applied rows for every endpoint that wants their kind, in the transaction that applies them. A newer version takes the place
  /// of one that was not delivered yet.
  static func enqueue(
    _ rows: [RowImage], refused: [RowReference: String], on connection: PostgresConnection
  ) async throws {
    let applied = refused.isEmpty ? rows : rows.filter { refused[$0.row] == nil }
    guard !applied.isEmpty else { return }
    try await connection.enqueue(
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
