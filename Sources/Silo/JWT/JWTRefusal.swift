/// Why a JWT was refused. Carries nothing of the token.
public enum JWTRefusal: String, Error, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case malformed
  /// `typ` is none that this purpose takes.
  case type
  /// `alg` is none that this purpose takes, or not the key's.
  case algorithm
  /// A header that is none of `typ`, `alg` and `kid`, such as `crit`, `jwk`, `jku`, `x5c` or `x5u`.
  case header
  /// The key is not among those known, or is not usable yet.
  case unknownKey
  case signature
  case issuer
  case audience
  case notYetValid
  case expired
  case claims

  public var description: String { "the token was refused: \(rawValue)" }
}
