package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Sessions at control, by digest.
package enum SessionStore {
  package struct Session: Sendable, Hashable {
    package let id: SessionID
    package let user: UserID
    package let epoch: Int64
  }

  package static func insert(
    _ id: SessionID, user: UserID, digest: [UInt8], epoch: Int64, expires: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.session (id, user_id, digest, epoch, expires)
      VALUES (\(id.uuid), \(user.uuid), \(digest), \(epoch), \(expires))
      """)
  }

  /// The live session of a token whose person may act. The epoch is the person's of now.
  package static func find(
    digest: [UInt8], now: Date, on control: ControlConnection
  ) async throws -> Session? {
    let rows = try await control.query(
      """
      SELECT e.id, e.user_id, s.epoch FROM control.session e JOIN control.user_status s ON s.id = e.user_id
      WHERE e.digest = \(digest) AND e.ended IS NULL AND e.expires > \(now) AND s.status = 'active' AND e.epoch >= s.epoch
      """)
    return try rows.decode((UUID, UUID, Int64).self).first.map { id, user, epoch in
      Session(id: SessionID(id), user: UserID(user), epoch: epoch)
    }
  }

  package static func end(_ session: SessionID, on control: ControlConnection) async throws {
    try await control.execute(
      "UPDATE control.session SET ended = clock_timestamp() WHERE id = \(session.uuid) AND ended IS NULL")
  }

  /// Forgets sessions that ended or expired before `date`, at most `limit`; returns how many.
  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.session WHERE id IN (
        SELECT id FROM control.session WHERE expires < \(date) ORDER BY expires LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }
}
