internal import SyncProtocol

/// What an ID token says (OpenID Connect Core §2): who logged in, when and how, for which client.
///
/// Regions get it as ES256 by a replicated token key, so that they verify without asking; other clients as RS256 by a key of `/oauth/jwks`.
public struct IDToken: Sendable, Hashable {
  /// Control's public URL.
  public let issuer: String
  /// The client: of a region its name.
  public let audience: String
  public let user: UserID
  /// Control's session.
  public let session: SessionID
  /// Seconds since 1970, as are all times here.
  public let issuedAt: Int64
  public let expiresAt: Int64
  /// When the person last proved who they are (`auth_time`).
  public let authenticatedAt: Int64
  /// How (`amr`, RFC 8176): `pwd`, `otp`, ….
  public let methods: [String]
  /// The client's own, to be compared with what it sent.
  public var nonce: String?
  /// The user's epoch at issue. Regions only.
  public var epoch: Int64?
  /// The position in control's log that the region must have reached. Regions only.
  public var position: LoginPosition?
  /// Only with the scope `profile`, and to a region whose residency tier allows it.
  public var name: String?
  /// Only with the scope `email`, and to a region whose residency tier allows it. Always a verified address.
  public var email: String?

  public init(
    issuer: String, audience: String, user: UserID, session: SessionID, issuedAt: Int64,
    lifetime: Int64 = IDToken.lifetime, authenticatedAt: Int64, methods: [String]
  ) {
    self.issuer = issuer
    self.audience = audience
    self.user = user
    self.session = session
    self.issuedAt = issuedAt
    self.expiresAt = issuedAt + max(0, min(lifetime, Self.lifetime))
    self.authenticatedAt = authenticatedAt
    self.methods = methods
  }

  /// Seconds for which an ID token proves a login.
  public static let lifetime: Int64 = 300
  /// The `typ` of its header.
  public static let type = "JWT"

  var claims: JSONObject {
    var claims: JSONObject = [
      "iss": .string(issuer), "sub": .string(user.description), "aud": .string(audience), "iat": .integer(issuedAt),
      "exp": .integer(expiresAt), "auth_time": .integer(authenticatedAt),
      "amr": .array(methods.map { .string($0) }), "sid": .string(session.description),
    ]
    if let nonce { claims["nonce"] = .string(nonce) }
    if let epoch { claims["epoch"] = .integer(epoch) }
    if let position { claims["atoll_sync"] = .string(position.description) }
    if let name { claims["name"] = .string(name) }
    if let email {
      claims["email"] = .string(email)
      claims["email_verified"] = true
    }
    return claims
  }

  /// The token as compact JWS; nil only if the cryptographic library fails.
  public func signed(by key: JWTSigningKey) -> String? { key.token(type: Self.type, claims: claims) }
}
