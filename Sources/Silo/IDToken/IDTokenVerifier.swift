internal import SyncProtocol

/// Verifies ID tokens for one client, strictly.
public struct IDTokenVerifier: Sendable {
  private let verifier: JWTVerifier

  /// For a region: ES256 by the replicated token keys.
  public init(issuer: String, region: RegionName, keys: [TokenVerificationKey]) {
    self.init(issuer: issuer, audience: region.text, algorithm: .es256, keys: keys.map(\.jwt))
  }

  /// - Parameter allowsExpired: for a hint at logout, which says who was logged in and proves nothing.
  public init(
    issuer: String, audience: String, algorithm: JWTAlgorithm, keys: [JWTVerificationKey], allowsExpired: Bool = false
  ) {
    var profile = JWTProfile(
      types: [IDToken.type], algorithms: [algorithm], issuer: issuer, audience: audience,
      longestLifetime: IDToken.lifetime)
    profile.allowsExpired = allowsExpired
    verifier = JWTVerifier(profile: profile, keys: keys)
  }

  /// The token's content if its type, algorithm, key, signature, issuer, audience and times are all right.
  ///
  /// - Parameters:
  ///   - nonce: what the client sent with its request; nil leaves it unchecked, for hints only.
  ///   - now: seconds since 1970.
  public func verify(_ text: String, nonce: String?, now: Int64) throws(JWTRefusal) -> IDToken {
    let token = try verifier.verify(text, now: now)
    var id = IDToken(
      issuer: verifier.profile.issuer, audience: verifier.profile.audience, user: try token.identifier("sub"),
      session: try token.identifier("sid"), issuedAt: token.issuedAt, lifetime: token.expiresAt - token.issuedAt,
      authenticatedAt: try token.number("auth_time"), methods: try Self.methods(token.claims["amr"]))
    id.nonce = try token.optionalText("nonce")
    guard nonce == nil || id.nonce == nonce else { throw .claims }
    id.epoch = token.claims["epoch"] == nil ? nil : try token.number("epoch")
    if let text = try token.optionalText("atoll_sync") {
      guard let position = LoginPosition(text) else { throw .claims }
      id.position = position
    }
    id.name = try token.optionalText("name")
    id.email = try token.optionalText("email")
    return id
  }

  private static func methods(_ value: JSONValue?) throws(JWTRefusal) -> [String] {
    guard case .array(let values)? = value, values.count <= 8 else { throw .claims }
    var methods: [String] = []
    for value in values {
      guard case .string(let text) = value, (1...32).contains(text.utf8.count) else { throw .claims }
      methods.append(text)
    }
    return methods
  }
}
