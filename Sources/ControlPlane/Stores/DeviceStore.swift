package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Browsers and programs in which a person has logged in before.
package enum DeviceStore {
  /// Devices kept of one person; the ones unused for longest go.
  private static let kept: Int64 = 20

  package static func isKnown(
    _ digest: [UInt8], email: EmailAddress, on control: ControlConnection
  ) async throws -> Bool {
    try await control.query(
      """
      SELECT EXISTS (SELECT FROM control.device d JOIN control."user" u ON u.id = d.user_id
        WHERE d.digest = \(digest) AND u.email_key = \(email.uniquenessKey))
      """
    ).only().decode(Bool.self)
  }

  package static func isKnown(_ digest: [UInt8], of user: UserID, on control: ControlConnection) async throws -> Bool {
    try await control.query(
      "SELECT EXISTS (SELECT FROM control.device WHERE digest = \(digest) AND user_id = \(user.uuid))"
    ).only().decode(Bool.self)
  }

  package static func insert(
    _ digest: [UInt8], user: UserID, now: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.device (digest, user_id, created, seen) VALUES (\(digest), \(user.uuid), \(now), \(now))
      """)
    try await control.execute(
      """
      DELETE FROM control.device WHERE user_id = \(user.uuid) AND digest IN (
        SELECT digest FROM control.device WHERE user_id = \(user.uuid) ORDER BY seen DESC, digest OFFSET \(kept))
      """)
  }

  package static func touch(_ digest: [UInt8], now: Date, on control: ControlConnection) async throws {
    try await control.execute("UPDATE control.device SET seen = \(now) WHERE digest = \(digest)")
  }

  package static func removeAll(of user: UserID, on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM control.device WHERE user_id = \(user.uuid)")
  }

  /// Forgets devices that were not used since `date`, at most `limit`; returns how many.
  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.device WHERE digest IN (
        SELECT digest FROM control.device WHERE seen < \(date) ORDER BY seen LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }
}
