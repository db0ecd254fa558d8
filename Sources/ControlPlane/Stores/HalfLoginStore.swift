package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Logins whose second factor is awaited.
package enum HalfLoginStore {
  package struct Awaited: Sendable {
    package let user: UserID
    package let epoch: Int64
  }

  package static func insert(
    _ digest: [UInt8], user: UserID, epoch: Int64, expires: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.half_login (digest, user_id, epoch, expires)
      VALUES (\(digest), \(user.uuid), \(epoch), \(expires))
      """)
  }

  /// The login of a token, unless its time is over, its person may not act, or an older credential of theirs is none any more.
  package static func find(_ digest: [UInt8], now: Date, on control: ControlConnection) async throws -> Awaited? {
    let rows = try await control.query(
      """
      SELECT h.user_id, s.epoch FROM control.half_login h JOIN control.user_status s ON s.id = h.user_id
      WHERE h.digest = \(digest) AND h.expires > \(now) AND s.status = 'active' AND h.epoch = s.epoch
      """)
    return try rows.decode((UUID, Int64).self).first.map { Awaited(user: UserID($0), epoch: $1) }
  }

  /// False when somebody was faster.
  package static func take(_ digest: [UInt8], on control: ControlConnection) async throws -> Bool {
    try await control.execute("DELETE FROM control.half_login WHERE digest = \(digest)") == 1
  }

  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.half_login WHERE digest IN (
        SELECT digest FROM control.half_login WHERE expires < \(date) ORDER BY expires LIMIT \(limit)
        FOR UPDATE SKIP LOCKED)
      """)
  }
}
