/// The signatures that Atoll's JWTs may have (RFC 7518 §3.1, RFC 8037 §3.1). There is no `none` and nothing symmetric, so a public key is never a secret.
public enum JWTAlgorithm: String, Sendable, Hashable, CaseIterable {
  /// ECDSA on P-256 with SHA-256: access tokens, ID tokens for regions.
  case es256 = "ES256"
  /// RSASSA-PKCS1-v1_5 with SHA-256: ID tokens for third parties, whose libraries must know it (OpenID Connect Core §15.1).
  case rs256 = "RS256"
  /// Ed25519: what agents sign.
  case eddsa = "EdDSA"
}
