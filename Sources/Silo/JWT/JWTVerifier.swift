internal import SyncProtocol

/// The one verifier of JWTs (RFC 7519), strict by RFC 8725: what a purpose's ``JWTProfile`` does not name is refused.
///
/// A key is found by the token's exact `kid` among those given, never in the token and never by default; it verifies its own algorithm only.
public struct JWTVerifier: Sendable {
  public let profile: JWTProfile
  private let keys: [String: JWTVerificationKey]

  /// - Parameter keys: those that may sign for this purpose now.
  public init(profile: JWTProfile, keys: [JWTVerificationKey]) {
    self.profile = profile
    self.keys = Dictionary(keys.map { ($0.kid, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether a key is among those that may sign.
  public func knows(_ kid: String) -> Bool { keys[kid] != nil }

  /// What the token says, if everything about it is right.
  ///
  /// - Parameter now: seconds since 1970. Times tolerate ``JWTProfile/tolerance``.
  public func verify(_ text: String, now: Int64) throws(JWTRefusal) -> VerifiedJWT {
    guard text.utf8.count <= profile.largest else { throw .malformed }
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Base64.decode(parts[0]), let claims = Base64.decode(parts[1]),
      let signature = Base64.decode(parts[2]), !signature.isEmpty
    else { throw .malformed }
    let key = try key(header: try object(header))
    let input = Array(text.utf8.prefix(parts[0].count + 1 + parts[1].count))
    guard key.isSignature(signature, over: input) else { throw .signature }
    return try verified(claims: try object(claims), kid: key.kid, now: now)
  }

  private func key(header: JSONObject) throws(JWTRefusal) -> JWTVerificationKey {
    switch header["typ"] {
    case .string(let type)? where profile.types.contains(type): break
    case nil where profile.allowsMissingType: break
    default: throw .type
    }
    guard case .string(let name)? = header["alg"], let algorithm = JWTAlgorithm(rawValue: name),
      profile.algorithms.contains(algorithm)
    else { throw .algorithm }
    guard header.members.allSatisfy({ ["typ", "alg", "kid"].contains($0.key) }) else { throw .header }
    guard case .string(let kid)? = header["kid"], let key = keys[kid] else { throw .unknownKey }
    guard key.algorithm == algorithm else { throw .algorithm }
    return key
  }

  private func verified(claims: JSONObject, kid: String, now: Int64) throws(JWTRefusal) -> VerifiedJWT {
    guard claims["iss"] == .string(profile.issuer) else { throw .issuer }
    let audience = JSONValue.string(profile.audience)
    guard claims["aud"] == audience || profile.allowsAudienceList && claims["aud"] == .array([audience]) else {
      throw .audience
    }
    guard case .integer(let issued)? = claims["iat"], case .integer(let expires)? = claims["exp"] else { throw .claims }
    var notBefore = issued
    if let claim = claims["nbf"] {
      guard case .integer(let time) = claim else { throw .claims }
      notBefore = time
    } else if profile.requiresNotBefore {
      throw .claims
    }
    let horizon: Int64 = 1 << 40
    guard [issued, notBefore, expires].allSatisfy({ (0...horizon).contains($0) }) else { throw .claims }
    guard expires > issued, expires - issued <= profile.longestLifetime else { throw .claims }
    guard issued <= now + profile.tolerance, notBefore <= now + profile.tolerance else { throw .notYetValid }
    guard profile.allowsExpired || now < expires + profile.tolerance else { throw .expired }
    return VerifiedJWT(kid: kid, claims: claims, issuedAt: issued, expiresAt: expires)
  }

  private func object(_ bytes: [UInt8]) throws(JWTRefusal) -> JSONObject {
    do {
      return try JSONReader(
        try JSONParser.parse(bytes, limits: JSONLimits(maximumBytes: profile.largest, maximumDepth: 2))
      ).object()
    } catch { throw .malformed }
  }
}
