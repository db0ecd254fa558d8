public import SyncProtocol

/// How a client without a shared secret proves who it is at control's token endpoint (RFC 7523 §2.2): a JWT for that one request.
///
/// A region signs with its agent's enrolled key, so no secret is shared and a revoked agent logs nobody in.
public enum ClientAssertion {
  /// The value of `client_assertion_type`.
  public static let formType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
  /// Seconds that a region's assertion lives at most.
  public static let lifetime: Int64 = 60
  /// The same for other clients: the longest that common libraries write by themselves.
  public static let longestLifetime: Int64 = 3600

  /// A region's assertion.
  ///
  /// - Parameters:
  ///   - client: the client id: the region's name.
  ///   - issuer: control's public URL, which is the audience.
  ///   - now: seconds since 1970.
  ///   - id: unique: an assertion is taken once.
  public static func signed(
    by agent: SigningKey, client: String, issuer: String, now: Int64, id: String
  ) -> String? {
    JWTSigningKey(agent).token(
      type: "JWT",
      claims: [
        "iss": .string(client), "sub": .string(client), "aud": .string(issuer), "iat": .integer(now),
        "exp": .integer(now + lifetime), "jti": .string(id),
      ])
  }

  /// What was accepted. Whoever accepts it must refuse the same ``id`` of the client until ``expiresAt`` has passed.
  public struct Accepted: Sendable, Hashable {
    /// The key that signed.
    public let kid: String
    public let id: String
    /// Seconds since 1970, the tolerance of clocks included.
    public let expiresAt: Int64
  }

  /// - Parameters:
  ///   - keys: of this client only.
  ///   - isRegion: a region's are EdDSA, typed and short.
  public static func verify(
    _ text: String, client: String, issuer: String, keys: [JWTVerificationKey], isRegion: Bool, now: Int64
  ) throws(JWTRefusal) -> Accepted {
    var profile = JWTProfile(
      types: isRegion ? ["JWT"] : ["JWT", "client-authentication+jwt"],
      algorithms: isRegion ? [.eddsa] : Set(JWTAlgorithm.allCases), issuer: client, audience: issuer,
      longestLifetime: isRegion ? lifetime : longestLifetime)
    profile.allowsMissingType = !isRegion
    profile.allowsAudienceList = !isRegion
    let token = try JWTVerifier(profile: profile, keys: keys).verify(text, now: now)
    guard try token.text("sub") == client else { throw .claims }
    return Accepted(
      kid: token.kid, id: try token.text("jti"), expiresAt: token.expiresAt + profile.tolerance)
  }
}

extension ClientAssertion {
  /// Whom an assertion claims to be of, without any proof: where to look for the keys that it is verified with.
  public static func claimedClient(_ text: String) -> String? {
    guard text.utf8.count <= 4096 else { return nil }
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let bytes = Base64.decode(parts[1]) else { return nil }
    do {
      let claims = try JSONParser.parse(bytes, limits: JSONLimits(maximumBytes: 4096, maximumDepth: 2))
      return try JSONReader(claims).field("iss").string(bytes: 1...64)
    } catch { return nil }
  }
}
