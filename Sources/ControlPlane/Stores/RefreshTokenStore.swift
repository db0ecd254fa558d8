package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Refresh tokens, by digest. A used one stays with its family, so that a second use is recognised.
package enum RefreshTokenStore {
  package struct Token: Sendable, Hashable {
    package let expires: Date
    /// When it was changed for another, or nil.
    package let used: Date?
    /// Whether the token it was changed for has not been used either.
    package let isSuccessorUnused: Bool
  }

  /// Whose family a token is of, without any lock.
  package static func family(_ digest: [UInt8], on control: ControlConnection) async throws -> AuthorizationID? {
    try await control.query("SELECT authorization_id FROM control.refresh_token WHERE digest = \(digest)")
      .decode(UUID.self).first.map { AuthorizationID($0) }
  }

  /// The token as it is. Lock its family first.
  package static func find(_ digest: [UInt8], on control: ControlConnection) async throws -> Token? {
    let rows = try await control.query(
      """
      SELECT t.expires, t.used, n.digest IS NOT NULL AND n.used IS NULL
      FROM control.refresh_token t LEFT JOIN control.refresh_token n ON n.digest = t.successor
      WHERE t.digest = \(digest)
      """)
    return try rows.decode((Date, Date?, Bool).self).first.map {
      Token(expires: $0, used: $1, isSuccessorUnused: $2)
    }
  }

  package static func insert(
    _ digest: [UInt8], of family: AuthorizationID, at now: Date, expires: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.refresh_token (digest, authorization_id, created, expires)
      VALUES (\(digest), \(family.uuid), \(now), \(expires))
      """)
  }

  package static func use(
    _ digest: [UInt8], successor: [UInt8], at now: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      UPDATE control.refresh_token SET used = \(now), successor = \(successor) WHERE digest = \(digest) AND used IS NULL
      """)
  }
}
