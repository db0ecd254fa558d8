internal import Crypto
internal import FoundationEssentials
internal import Postgres
internal import SyncProtocol

/// Leases deliveries and records how they went.
struct WebhookQueueStore: Sendable {
  let registry: KindRegistry
  let box: WebhookSecretBox
  let policy: WebhookPolicy

  /// Due deliveries, with their rows as they are now. A leased one is sent by nobody else, not even a newer version, until it is recorded
  /// or the lease ends.
  func lease(limit: Int, on connection: PostgresConnection) async throws -> [WebhookDelivery] {
    let rows = try await connection.query(
      """
      WITH due AS (
        SELECT d.webhook, d.kind, d.key FROM outbox.webhook_delivery AS d
        JOIN outbox.webhook AS w ON w.id = d.webhook AND w.active
        WHERE d.state = 'waiting' AND d.due <= clock_timestamp()
          AND (d.leased IS NULL OR d.leased < clock_timestamp())
        ORDER BY d.due LIMIT \(Int64(limit)) FOR UPDATE OF d SKIP LOCKED
      )
      UPDATE outbox.webhook_delivery AS d
      SET leased = clock_timestamp() + make_interval(secs => \(policy.timeout.seconds * 2 + 30)), attempts = d.attempts + 1
      FROM due, outbox.webhook AS w
      WHERE (d.webhook, d.kind, d.key) = (due.webhook, due.kind, due.key) AND w.id = d.webhook
      RETURNING d.webhook, w.url, w.secrets, d.kind, d.key, d.generation, d.epoch, d.head, d.removed, d.attempts
      """)
    var deliveries: [WebhookDelivery] = []
    for row in rows {
      let (webhook, url, secrets, kind, key, generation, epoch, head, removed, attempts) = try row.decode(
        (UUID, String, [[UInt8]], String, String, Int64, Int32, Int64, Bool, Int32).self)
      guard let kind = Kind(kind), let key = RowKey(key), let head = Position(head) else { continue }
      let current = removed ? [:] : try await registry.sinks[kind]?.current([key], on: connection) ?? [:]
      deliveries.append(
        WebhookDelivery(
          webhook: webhook, url: url, sealedSecrets: secrets, row: RowReference(kind: kind, key: key),
          version: RowVersion(generation: generation, epoch: epoch, head: head), isRemoved: removed,
          attempts: attempts, fields: current[key]?.fields))
    }
    return deliveries
  }

  func secrets(of delivery: WebhookDelivery) throws -> [SymmetricKey] {
    try delivery.sealedSecrets.map { try box.open($0, row: delivery.webhook).key }
  }

  /// 2xx ends the delivery, unless a newer version came meanwhile. 410 ends the endpoint. Anything else is tried again, later and later.
  func record(
    _ delivery: WebhookDelivery, status: Int, jitter: Double, on connection: PostgresConnection
  ) async throws {
    let same: SQL = """
      webhook = \(delivery.webhook) AND kind = \(delivery.row.kind.name) AND key = \(delivery.row.key.text)
      """
    let version: SQL = """
      (generation, epoch, head) =
        (\(delivery.version.generation), \(delivery.version.epoch), \(delivery.version.head.value))
      """
    if (200..<300).contains(status) {
      let done = try await connection.execute("DELETE FROM outbox.webhook_delivery WHERE \(same) AND \(version)")
      if done == 0 { try await connection.execute("UPDATE outbox.webhook_delivery SET leased = NULL WHERE \(same)") }
      return
    }
    if status == 410 {
      try await connection.execute("UPDATE outbox.webhook SET active = false WHERE id = \(delivery.webhook)")
    }
    let isDead = delivery.attempts >= policy.attempts || status == 410
    let failed = try await connection.execute(
      """
      UPDATE outbox.webhook_delivery SET leased = NULL, last_status = \(Int32(status)),
        state = \(isDead ? "dead" : "waiting"),
        due = clock_timestamp() + make_interval(secs => \(policy.wait(after: delivery.attempts, jitter: jitter)))
      WHERE \(same) AND \(version)
      """)
    if failed == 0 { try await connection.execute("UPDATE outbox.webhook_delivery SET leased = NULL WHERE \(same)") }
  }
}
