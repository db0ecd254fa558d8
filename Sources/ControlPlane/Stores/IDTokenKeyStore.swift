package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// The RSA keys of ID tokens for third parties: next, then active, then retiring, then gone. All are published.
package enum IDTokenKeyStore {
  package enum State: String, Sendable, Hashable {
    case next, active, retiring
  }

  package struct Key: Sendable, Hashable {
    package let kid: String
    /// base64url.
    package let modulus: String
    package let sealed: [UInt8]
    package let state: State
    package let announced: Date
    package let activated: Date?
  }

  /// Where the private half is sealed.
  package static func place(_ kid: String) -> SecretKey.Place {
    SecretKey.Place(table: "control.id_token_key", row: kid, column: "sealed_private_key")
  }

  /// Adds a key; false when there is one in that state.
  package static func insert(
    _ kid: String, modulus: String, sealed: [UInt8], state: State, at now: Date, on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      INSERT INTO control.id_token_key (kid, modulus, sealed_private_key, state, announced, activated)
      VALUES (\(kid), \(modulus), \(sealed), \(state.rawValue), \(now), \(state == .active ? now : nil))
      ON CONFLICT DO NOTHING
      """) == 1
  }

  /// The active one first.
  package static func all(on control: ControlConnection) async throws -> [Key] {
    let rows = try await control.query(
      """
      SELECT kid, modulus, sealed_private_key, state, announced, activated FROM control.id_token_key
      ORDER BY state, announced DESC LIMIT 16
      """)
    return try rows.decode((String, String, [UInt8], String, Date, Date?).self).map { row in
      guard let state = State(rawValue: row.3) else {
        throw PostgresError(code: .decoding, message: "a key's row is not of this version")
      }
      return Key(
        kid: row.0, modulus: row.1, sealed: row.2, state: state, announced: row.4, activated: row.5)
    }
  }

  /// Lets the next key sign instead of the active one if it was announced by `date`; returns its id.
  package static func promote(
    announcedBy date: Date, at now: Date, on control: ControlConnection
  ) async throws -> String? {
    let ready = try await control.query(
      "SELECT kid FROM control.id_token_key WHERE state = 'next' AND announced <= \(date) FOR UPDATE"
    ).decode(String.self)
    guard let kid = ready.first else { return nil }
    try await control.execute(
      "UPDATE control.id_token_key SET state = 'retiring', retired = \(now) WHERE state = 'active'")
    try await control.execute(
      "UPDATE control.id_token_key SET state = 'active', activated = \(now) WHERE kid = \(kid)")
    return kid
  }

  /// Deletes every key, whatever its state.
  package static func forgetAll(on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM control.id_token_key")
  }

  /// Deletes keys that were retired before `date`; returns how many.
  package static func forget(retiredBefore date: Date, on control: ControlConnection) async throws -> Int {
    try await control.execute("DELETE FROM control.id_token_key WHERE state = 'retiring' AND retired < \(date)")
  }
}
