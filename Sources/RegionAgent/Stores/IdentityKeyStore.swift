internal import struct FoundationEssentials.Date
internal import Outbox
internal import Postgres
internal import Silo

/// Public keys with which the application verifies what this region's processes say.
enum IdentityKeyStore {
  /// Publishes a key, or lets it be good for longer; forgets those that are over.
  static func publish(
    _ key: TokenVerificationKey, expires: Date, now: Date, on connection: RegionConnection
  ) async throws {
    try await connection.execute(
      """
      INSERT INTO region.identity_key AS k (kid, x, y, expires)
      VALUES (\(key.kid), \(key.xText), \(key.yText), \(expires))
      ON CONFLICT (kid) DO UPDATE SET expires = greatest(k.expires, EXCLUDED.expires)
      """)
    try await connection.execute("DELETE FROM region.identity_key WHERE expires < \(now)")
  }

  /// Keys that may have signed what is still good. Bounded: one a process.
  static func all(now: Date, on connection: RegionConnection) async throws -> [TokenVerificationKey] {
    try await connection.query(
      "SELECT x, y FROM region.identity_key WHERE expires >= \(now) ORDER BY expires DESC LIMIT 64"
    ).decode((String, String).self).compactMap { TokenVerificationKey(x: $0.0, y: $0.1) }
  }
}
