internal import Postgres
internal import SyncProtocol

/// Who besides the tables has to hear of a batch: the quarantine, and applications that are told by webhook.
enum AppliedRowStore {
  /// Keeps refused rows, releases applied ones from quarantine and enqueues webhooks, in the caller's transaction and under its lane's lock.
  ///
  /// Mostly nobody has to hear: then the keys of a large batch do not travel to the server once more. A webhook that is added meanwhile is told of what
  /// is applied from then on.
  static func note(
    _ rows: [RowImage], refused: [RowReference: String], stream: SiloNumber, on connection: PostgresConnection
  ) async throws {
    guard !rows.isEmpty else { return }
    var (hasQuarantine, hasWebhooks) = (true, true)
    if rows.count > ReusedPlans.most {
      (hasQuarantine, hasWebhooks) = try await connection.query(
        """
        SELECT EXISTS (SELECT FROM outbox.quarantine AS q WHERE q.stream = \(stream.stored)),
          EXISTS (SELECT FROM outbox.webhook AS w WHERE w.active)
        """
      ).only().decode((Bool, Bool).self)
    }
    if hasQuarantine || !refused.isEmpty {
      try await QuarantineStore.record(rows, refused: refused, stream: stream, on: connection)
    }
    if hasWebhooks { try await WebhookStore.enqueue(rows, refused: refused, on: connection) }
  }
}
