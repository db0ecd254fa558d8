internal import SyncProtocol

/// Verifies access tokens for one region, strictly: what is not exactly what control writes is refused.
public struct AccessTokenVerifier: Sendable {
  public let region: RegionName
  private let verifier: JWTVerifier

  /// - Parameter keys: the replicated keys that may sign: active and retiring ones.
  public init(region: RegionName, keys: [TokenVerificationKey]) {
    self.region = region
    var profile = JWTProfile(
      types: [AccessToken.type], algorithms: [.es256], issuer: AccessToken.issuer, audience: region.tokenAudience,
      longestLifetime: AccessToken.longestLifetime)
    profile.requiresNotBefore = true
    profile.tolerance = AccessToken.clockTolerance
    profile.largest = AccessToken.largest
    verifier = JWTVerifier(profile: profile, keys: keys.map(\.jwt))
  }

  /// The token's content if its type, algorithm, key, signature, issuer, audience and times are all right.
  ///
  /// - Parameter now: seconds since 1970. Times tolerate ``AccessToken/clockTolerance``.
  public func verify(_ text: String, now: Int64) throws(AccessTokenRefusal) -> AccessToken {
    try entry(text, now: now).token
  }

  /// The same, with the signatures that were verified before. A key that is no longer among this verifier's verifies nothing, remembered or not.
  public func verify(
    _ text: String, now: Int64, remembering tokens: inout VerifiedTokens
  ) throws(AccessTokenRefusal) -> AccessToken {
    guard let known = tokens[text], known.token.region == region, verifier.knows(known.kid) else {
      let entry = try entry(text, now: now)
      tokens.keep(text, entry, now: now)
      return entry.token
    }
    guard known.token.issuedAt <= now + AccessToken.clockTolerance else { throw .notYetValid }
    guard now < known.token.expiresAt + AccessToken.clockTolerance else { throw .expired }
    return known.token
  }

  private func entry(_ text: String, now: Int64) throws(AccessTokenRefusal) -> VerifiedTokens.Entry {
    let token = try verifier.verify(text, now: now)
    let access = AccessToken(
      user: try token.identifier("sub"),
      organization: token.claims["org"] == nil ? nil : try token.identifier("org"), region: region,
      epoch: try token.number("epoch"), session: try token.identifier("sid"),
      client: try token.optionalText("client_id", bytes: 1...64),
      authorization: token.claims["authorization"] == nil ? nil : try token.identifier("authorization"),
      id: try token.text("jti", bytes: 1...64),
      issuedAt: token.issuedAt, lifetime: token.expiresAt - token.issuedAt)
    return VerifiedTokens.Entry(token: access, kid: token.kid)
  }
}
