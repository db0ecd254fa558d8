internal import Silo
internal import SyncProtocol

/// An access token for `/oauth/userinfo` alone: no region takes it, and no region's token is taken there.
struct UserInfoToken: Sendable, Hashable {
  let user: UserID
  /// The family it is of: when that ends, so does it.
  let authorization: AuthorizationID
  let client: String
  let scopes: [ProviderScope]
  let id: String
  /// Seconds since 1970.
  let issuedAt: Int64

  static func audience(_ site: ControlSite) -> String { site.url + ProviderPath.userInfo }

  func signed(by key: TokenSigningKey, site: ControlSite) -> String? {
    key.jwt.token(
      type: AccessToken.type,
      claims: [
        "iss": .string(site.url), "aud": .string(Self.audience(site)), "sub": .string(user.description),
        "iat": .integer(issuedAt), "nbf": .integer(issuedAt), "exp": .integer(issuedAt + AccessToken.lifetime),
        "jti": .string(id), "client_id": .string(client), "scope": .string(ProviderScope.text(scopes)),
        "authorization": .string(authorization.description),
      ])
  }

  /// - Throws: ``JWTRefusal``
  static func verify(
    _ text: String, keys: [TokenVerificationKey], site: ControlSite, now: Int64
  ) throws(JWTRefusal) -> UserInfoToken {
    var profile = JWTProfile(
      types: [AccessToken.type], algorithms: [.es256], issuer: site.url, audience: audience(site),
      longestLifetime: AccessToken.lifetime)
    profile.requiresNotBefore = true
    let token = try JWTVerifier(profile: profile, keys: keys.map(\.jwt)).verify(text, now: now)
    let scopes = try token.text("scope").split(separator: " ").compactMap { ProviderScope(rawValue: String($0)) }
    return UserInfoToken(
      user: try token.identifier("sub"), authorization: try token.identifier("authorization"),
      client: try token.text("client_id", bytes: 1...64), scopes: scopes, id: try token.text("jti", bytes: 1...64),
      issuedAt: token.issuedAt)
  }
}
