internal import SyncProtocol

/// Verifies access tokens for one region, strictly: what is not exactly what control writes is refused.
public struct AccessTokenVerifier: Sendable {
  public let region: RegionName
  private let keys: [String: TokenVerificationKey]

  /// - Parameter keys: the replicated keys that may sign: active and retiring ones.
  public init(region: RegionName, keys: [TokenVerificationKey]) {
    self.region = region
    self.keys = Dictionary(keys.map { ($0.kid, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The token's content if its type, algorithm, key, signature, issuer, audience and times are all right.
  ///
  /// - Parameter now: seconds since 1970. Times tolerate ``AccessToken/clockTolerance``.
  public func verify(_ text: String, now: Int64) throws(AccessTokenRefusal) -> AccessToken {
    guard text.utf8.count <= AccessToken.largest else { throw .malformed }
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let headerBytes = Base64.decode(parts[0]), let claimBytes = Base64.decode(parts[1]),
      let signature = Base64.decode(parts[2]), signature.count == 64
    else { throw .malformed }
    let key = try key(header: try Self.object(headerBytes))
    let input = Array(text.utf8.prefix(parts[0].count + 1 + parts[1].count))
    guard key.isSignature(signature, over: input) else { throw .signature }
    return try token(claims: try Self.object(claimBytes), now: now)
  }

  private func key(header: JSONObject) throws(AccessTokenRefusal) -> TokenVerificationKey {
    guard header["typ"] == "at+jwt" else { throw .type }
    guard header["alg"] == "ES256" else { throw .algorithm }
    guard header.members.allSatisfy({ ["typ", "alg", "kid"].contains($0.key) }) else { throw .header }
    guard case .string(let kid) = header["kid"], let key = keys[kid] else { throw .unknownKey }
    return key
  }

  private func token(claims: JSONObject, now: Int64) throws(AccessTokenRefusal) -> AccessToken {
    guard claims["iss"] == .string(AccessToken.issuer) else { throw .issuer }
    guard claims["aud"] == .string(region.tokenAudience) else { throw .audience }
    guard case .integer(let issued) = claims["iat"], case .integer(let notBefore) = claims["nbf"],
      case .integer(let expires) = claims["exp"], case .integer(let epoch) = claims["epoch"], epoch >= 0,
      case .string(let id) = claims["jti"], (1...64).contains(id.utf8.count),
      let user: UserID = Self.identifier(claims["sub"]), let session: SessionID = Self.identifier(claims["sid"]),
      let organization: OrganizationID = Self.identifier(claims["org"])
    else { throw .claims }
    let horizon: Int64 = 1 << 40
    guard [issued, notBefore, expires].allSatisfy({ (0...horizon).contains($0) }) else { throw .claims }
    guard expires > issued, expires - issued <= AccessToken.longestLifetime else { throw .claims }
    guard issued <= now + AccessToken.clockTolerance, notBefore <= now + AccessToken.clockTolerance else {
      throw .notYetValid
    }
    guard now < expires + AccessToken.clockTolerance else { throw .expired }
    return AccessToken(
      user: user, organization: organization, region: region, epoch: epoch, session: session, id: id, issuedAt: issued,
      lifetime: expires - issued)
  }

  private static func identifier<Subject>(_ value: JSONValue?) -> Identifier<Subject>? {
    guard case .string(let text) = value else { return nil }
    return Identifier(text)
  }

  private static func object(_ bytes: [UInt8]) throws(AccessTokenRefusal) -> JSONObject {
    do {
      let limits = JSONLimits(maximumBytes: AccessToken.largest, maximumDepth: 2)
      return try JSONReader(try JSONParser.parse(bytes, limits: limits)).object()
    } catch { throw .malformed }
  }
}
