/// What one purpose takes as a JWT (RFC 8725 §3): the types and algorithms, who says it to whom, and for how long.
public struct JWTProfile: Sendable, Hashable {
  /// The values of `typ` that are taken, compared exactly.
  public var types: Set<String>
  /// Whether a header without `typ` is taken: client assertions of libraries that write none.
  public var allowsMissingType = false
  public var algorithms: Set<JWTAlgorithm>
  public var issuer: String
  public var audience: String
  /// Whether `aud` may be an array of exactly one.
  public var allowsAudienceList = false
  /// Seconds from `iat` to `exp` at most.
  public var longestLifetime: Int64
  /// Seconds by which clocks may differ, either way.
  public var tolerance: Int64 = 120
  public var requiresNotBefore = false
  /// Whether a token that has expired still says who it was for: hints at logout.
  public var allowsExpired = false
  /// Bytes of a token that are looked at at all.
  public var largest = 4096

  public init(
    types: Set<String>, algorithms: Set<JWTAlgorithm>, issuer: String, audience: String, longestLifetime: Int64
  ) {
    self.types = types
    self.algorithms = algorithms
    self.issuer = issuer
    self.audience = audience
    self.longestLifetime = longestLifetime
  }
}
