package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// The keys that sign access tokens: next, then active, then retiring, then gone.
package enum TokenKeyStore {
  package enum State: String, Sendable, Hashable {
    case next, active, retiring
  }

  package static func insert(
    _ key: TokenVerificationKey, state: State, sealed: [UInt8], on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.token_key (kid, x, y, state) VALUES (\(key.kid), \(key.xText), \(key.yText), \(state.rawValue))
      """)
    try await control.execute(
      "INSERT INTO control.token_key_secret (kid, sealed_private_key) VALUES (\(key.kid), \(sealed))")
  }

  package static func active(on control: ControlConnection) async throws -> (kid: String, sealed: [UInt8])? {
    let rows = try await control.query(
      """
      SELECT k.kid, s.sealed_private_key FROM control.token_key k JOIN control.token_key_secret s ON s.kid = k.kid
      WHERE k.state = 'active'
      """)
    return try rows.decode((String, [UInt8]).self).first.map { (kid: $0, sealed: $1) }
  }

  /// The public halves of the keys that sign or signed: what tokens of now are verified with.
  package static func usable(on control: ControlConnection) async throws -> [TokenVerificationKey] {
    try await control.query("SELECT x, y FROM control.token_key WHERE state <> 'next' ORDER BY kid LIMIT 32")
      .decode((String, String).self).compactMap { TokenVerificationKey(x: $0, y: $1) }
  }

  /// Where the private half is sealed.
  package static func place(_ kid: String) -> SecretKey.Place {
    SecretKey.Place(table: "control.token_key_secret", row: kid, column: "sealed_private_key")
  }

  package static func states(on control: ControlConnection) async throws -> [String: State] {
    let rows = try await control.query("SELECT kid, state FROM control.token_key").decode((String, String).self)
    return Dictionary(
      rows.compactMap { kid, state in State(rawValue: state).map { (kid, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// Lets the announced key sign, once every region that can still ask has applied its announcement. The old one verifies on.
  ///
  /// Regions that are revoked or never joined count for nothing: they verify no tokens. Returns the new key's id.
  package static func promote(at now: Date, on control: ControlConnection) async throws -> String? {
    let ready = try await control.query(
      """
      SELECT k.kid FROM control.token_key k JOIN control.token_key_secret s ON s.kid = k.kid
      WHERE k.state = 'next' AND NOT EXISTS (
        SELECT FROM control.region r LEFT JOIN directory.applied a ON a.region = r.number
        WHERE r.state = 'active' AND (a.snapshot IS NULL OR NOT pg_visible_in_snapshot(s.announced_by, a.snapshot)))
      FOR UPDATE OF k
      """
    ).decode(String.self)
    guard let kid = ready.first else { return nil }
    try await control.execute(
      """
      UPDATE control.token_key_secret SET retired = \(now)
      WHERE kid IN (SELECT kid FROM control.token_key WHERE state = 'active')
      """)
    try await control.execute("UPDATE control.token_key SET state = 'retiring' WHERE state = 'active'")
    try await control.execute("UPDATE control.token_key SET state = 'active' WHERE kid = \(kid)")
    return kid
  }

  /// Deletes keys that were retired before `date`, when every token of theirs has expired; returns how many.
  package static func forget(retiredBefore date: Date, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.token_key k USING control.token_key_secret s
      WHERE s.kid = k.kid AND k.state = 'retiring' AND s.retired < \(date)
      """)
  }
}
