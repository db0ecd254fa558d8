/// Why an access token was refused. Carries nothing of the token.
public enum AccessTokenRefusal: String, Error, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case malformed
  /// `typ` is not `at+jwt`.
  case type
  /// `alg` is not `ES256`.
  case algorithm
  /// A header that Atoll does not write, such as `crit`, `jwk` or `jku`.
  case header
  /// The key is not among those replicated, or is not usable yet.
  case unknownKey
  case signature
  case issuer
  case audience
  case notYetValid
  case expired
  case claims

  public var description: String { "the access token was refused: \(rawValue)" }
}
