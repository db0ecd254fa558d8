package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// People's one-time passwords and recovery codes.
package enum TOTPStore {
  package struct Factor: Sendable {
    package let sealedSeed: [UInt8]
    package let isConfirmed: Bool
    package let lastStep: Int64
  }

  package static func place(_ user: UserID) -> SecretKey.Place {
    SecretKey.Place(table: "control.totp", row: user.description, column: "sealed_seed")
  }

  package static func isOn(_ user: UserID, on control: ControlConnection) async throws -> Bool {
    try await control.query(
      "SELECT EXISTS (SELECT FROM control.totp WHERE user_id = \(user.uuid) AND confirmed IS NOT NULL)"
    ).only().decode(Bool.self)
  }

  package static func find(_ user: UserID, on control: ControlConnection) async throws -> Factor? {
    let rows = try await control.query(
      "SELECT sealed_seed, confirmed IS NOT NULL, last_step FROM control.totp WHERE user_id = \(user.uuid)")
    return try rows.decode(([UInt8], Bool, Int64).self).first.map {
      Factor(sealedSeed: $0, isConfirmed: $1, lastStep: $2)
    }
  }

  /// Begins anew with a seed; false when a confirmed one is in force.
  package static func begin(
    _ user: UserID, sealed: [UInt8], now: Date, on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      INSERT INTO control.totp AS t (user_id, sealed_seed, created) VALUES (\(user.uuid), \(sealed), \(now))
      ON CONFLICT (user_id) DO UPDATE SET sealed_seed = EXCLUDED.sealed_seed, created = EXCLUDED.created, last_step = 0
      WHERE t.confirmed IS NULL
      """) == 1
  }

  package static func confirm(_ user: UserID, now: Date, on control: ControlConnection) async throws {
    try await control.execute(
      "UPDATE control.totp SET confirmed = \(now) WHERE user_id = \(user.uuid) AND confirmed IS NULL")
  }

  /// Uses up a step and all before it; false when it or a later one was used.
  package static func use(_ step: Int64, of user: UserID, on control: ControlConnection) async throws -> Bool {
    try await control.execute(
      "UPDATE control.totp SET last_step = \(step) WHERE user_id = \(user.uuid) AND last_step < \(step)") == 1
  }

  package static func remove(_ user: UserID, on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM control.totp WHERE user_id = \(user.uuid)")
    try await control.execute("DELETE FROM control.recovery_code WHERE user_id = \(user.uuid)")
  }

  /// Replaces all recovery codes.
  package static func setCodes(_ digests: [[UInt8]], of user: UserID, on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM control.recovery_code WHERE user_id = \(user.uuid)")
    try await control.execute(
      "INSERT INTO control.recovery_code (user_id, digest) SELECT \(user.uuid), unnest(\(digests))")
  }

  /// Uses up a recovery code; false when there is none such.
  package static func useCode(_ digest: [UInt8], of user: UserID, on control: ControlConnection) async throws -> Bool {
    try await control.execute(
      "DELETE FROM control.recovery_code WHERE user_id = \(user.uuid) AND digest = \(digest)") == 1
  }

  package static func countCodes(_ user: UserID, on control: ControlConnection) async throws -> Int64 {
    try await control.query("SELECT count(*) FROM control.recovery_code WHERE user_id = \(user.uuid)")
      .only().decode(Int64.self)
  }
}
