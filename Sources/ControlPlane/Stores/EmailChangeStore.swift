package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// New addresses that people have not shown to be theirs yet.
package enum EmailChangeStore {
  package struct Change: Sendable {
    package let user: UserID
    package let email: String
  }

  package static func insert(
    _ digest: [UInt8], user: UserID, epoch: Int64, email: EmailAddress, expires: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.email_change (digest, user_id, epoch, email, email_key, expires)
      VALUES (\(digest), \(user.uuid), \(epoch), \(email.text), \(email.uniquenessKey), \(expires))
      """)
  }

  /// Whose change a token is of, live or not.
  package static func user(_ digest: [UInt8], on control: ControlConnection) async throws -> UserID? {
    try await control.query("SELECT user_id FROM control.email_change WHERE digest = \(digest)").decode(UUID.self)
      .first.map { UserID($0) }
  }

  /// Takes a live change out: nobody takes it again.
  package static func take(_ digest: [UInt8], now: Date, on control: ControlConnection) async throws -> Change? {
    let rows = try await control.query(
      """
      DELETE FROM control.email_change c USING control.user_status s
      WHERE c.digest = \(digest) AND s.id = c.user_id AND c.expires > \(now) AND s.status = 'active' AND c.epoch = s.epoch
      RETURNING c.user_id, c.email
      """)
    return try rows.decode((UUID, String).self).first.map { Change(user: UserID($0), email: $1) }
  }

  package static func end(of user: UserID, on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM control.email_change WHERE user_id = \(user.uuid)")
  }

  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.email_change WHERE digest IN (
        SELECT digest FROM control.email_change WHERE expires < \(date) ORDER BY expires LIMIT \(limit)
        FOR UPDATE SKIP LOCKED)
      """)
  }
}
