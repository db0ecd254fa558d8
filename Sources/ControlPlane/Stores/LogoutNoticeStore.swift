package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Clients that have to be told of the end of a session: a queue in the database, filled by a trigger in the transaction that ends it.
package enum LogoutNoticeStore {
  /// A notice that this process tries to deliver now.
  package struct Claimed: Sendable, Hashable {
    package let id: UUID
    package let client: String
    package let uri: String
    package let user: UserID
    package let session: SessionID
    package let expires: Date
    /// Counting this one.
    package let attempt: Int
  }

  /// Takes notices that are due. Until `lease` nobody else takes them. Those of a client that wants to know no more are not among them.
  package static func claim(
    now: Date, lease: Date, limit: Int, on control: ControlConnection
  ) async throws -> [Claimed] {
    let rows = try await control.query(
      """
      UPDATE control.logout_notice n SET attempts = n.attempts + 1, next_attempt = \(lease) FROM control.client c
      WHERE c.id = n.client_id AND c.revoked IS NULL AND c.backchannel_logout_uri IS NOT NULL AND n.id IN (
        SELECT id FROM control.logout_notice WHERE next_attempt <= \(now) ORDER BY next_attempt LIMIT \(limit)
        FOR UPDATE SKIP LOCKED)
      RETURNING n.id, n.client_id, c.backchannel_logout_uri, n.user_id, n.session_id, n.expires, n.attempts
      """)
    return try rows.decode((UUID, String, String, UUID, UUID, Date, Int32).self).map { row in
      Claimed(
        id: row.0, client: row.1, uri: row.2, user: UserID(row.3), session: SessionID(row.4), expires: row.5,
        attempt: Int(row.6))
    }
  }

  /// Puts a notice off until `date`.
  package static func putOff(_ id: UUID, until date: Date, on control: ControlConnection) async throws {
    try await control.execute("UPDATE control.logout_notice SET next_attempt = \(date) WHERE id = \(id)")
  }

  package static func remove(_ id: UUID, on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM control.logout_notice WHERE id = \(id)")
  }

  /// Forgets notices whose time is over; returns how many.
  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.logout_notice WHERE id IN (
        SELECT id FROM control.logout_notice WHERE expires < \(date) LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }
}
