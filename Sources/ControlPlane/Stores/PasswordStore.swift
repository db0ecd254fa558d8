package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// People's passwords and the ways to set new ones.
package enum PasswordStore {
  /// A way to set a new password.
  package struct Reset: Sendable {
    package let user: UserID
    package let epoch: Int64
  }

  package static func find(_ user: UserID, on control: ControlConnection) async throws -> String? {
    try await control.query("SELECT phc FROM control.password WHERE user_id = \(user.uuid)").decode(String.self).first
  }

  /// Sets a password, also for a person who has none.
  package static func set(_ phc: String, of user: UserID, on control: ControlConnection) async throws {
    try await control.execute(
      """
      INSERT INTO control.password (user_id, phc) VALUES (\(user.uuid), \(phc))
      ON CONFLICT (user_id) DO UPDATE SET phc = EXCLUDED.phc, changed = clock_timestamp()
      """)
  }

  /// Replaces one form of a password by another of the same password. Nothing happens when it was changed meanwhile.
  package static func replace(
    _ old: String, by new: String, of user: UserID, on control: ControlConnection
  ) async throws {
    try await control.execute(
      "UPDATE control.password SET phc = \(new) WHERE user_id = \(user.uuid) AND phc = \(old)")
  }

  package static func insertReset(
    _ digest: [UInt8], user: UserID, epoch: Int64, expires: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.password_reset (digest, user_id, epoch, expires)
      VALUES (\(digest), \(user.uuid), \(epoch), \(expires))
      """)
  }

  /// The person of a live reset. A password changed since it was asked for, or a suspension, ends it.
  package static func findReset(_ digest: [UInt8], now: Date, on control: ControlConnection) async throws -> Reset? {
    let rows = try await control.query(
      """
      SELECT r.user_id, r.epoch FROM control.password_reset r JOIN control.user_status s ON s.id = r.user_id
      WHERE r.digest = \(digest) AND r.expires > \(now) AND s.status = 'active' AND r.epoch = s.epoch
      """)
    return try rows.decode((UUID, Int64).self).first.map { Reset(user: UserID($0), epoch: $1) }
  }

  /// Ends the ways to set a new password that a person was sent.
  package static func endResets(of user: UserID, on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM control.password_reset WHERE user_id = \(user.uuid)")
  }

  package static func pruneResets(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.password_reset WHERE digest IN (
        SELECT digest FROM control.password_reset WHERE expires < \(date) ORDER BY expires LIMIT \(limit)
        FOR UPDATE SKIP LOCKED)
      """)
  }
}
