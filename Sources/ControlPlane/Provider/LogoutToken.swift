internal import FoundationEssentials
internal import Silo
internal import SyncProtocol

/// Tells a client that a login has ended (OpenID Connect Back-Channel Logout 1.0 §2.4). It has no nonce, so that it never passes for an ID token.
struct LogoutToken: Sendable {
  let issuer: String
  let client: String
  let user: UserID
  let session: SessionID
  let id: UUID
  /// Seconds since 1970.
  let issuedAt: Int64

  /// Seconds for which a client may take it.
  static let lifetime: Int64 = 120
  /// The `typ` of its header.
  static let type = "logout+jwt"
  /// The member of `events` that makes it one.
  static let event = "http://schemas.openid.net/event/backchannel-logout"

  /// The token as compact JWS; nil only if the cryptographic library fails.
  func signed(by key: JWTSigningKey) -> String? {
    key.token(
      type: Self.type,
      claims: [
        "iss": .string(issuer), "sub": .string(user.description), "aud": .string(client), "iat": .integer(issuedAt),
        "exp": .integer(issuedAt + Self.lifetime), "jti": .string(id.uuidString.lowercased()),
        "sid": .string(session.description), "events": .object([Self.event: .object([:])]),
      ])
  }
}
