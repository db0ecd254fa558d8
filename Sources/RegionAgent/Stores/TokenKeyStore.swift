internal import Outbox
internal import Postgres
internal import Silo

/// Public keys that access tokens are verified with, as control sent them.
enum TokenKeyStore {
  /// Keys that may sign now. Bounded: control has two or three.
  static func usable(on connection: RegionConnection) async throws -> [TokenVerificationKey] {
    try await connection.query(
      "SELECT x, y FROM replica.token_key WHERE state IN ('active', 'retiring') ORDER BY kid LIMIT 32"
    ).decode((String, String).self).compactMap { TokenVerificationKey(x: $0.0, y: $0.1) }
  }
}
