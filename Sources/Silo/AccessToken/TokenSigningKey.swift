internal import Crypto

/// The private half of a token-signing key (P-256). Exists at control only, sealed at rest.
public struct TokenSigningKey: Sendable {
  private let key: P256.Signing.PrivateKey
  public let verificationKey: TokenVerificationKey

  /// Returns nil unless `bytes` is a valid 32-byte scalar.
  public init?(bytes: [UInt8]) {
    do { self.init(key: try P256.Signing.PrivateKey(rawRepresentation: bytes)) } catch { return nil }
  }

  private init?(key: P256.Signing.PrivateKey) {
    let raw = Array(key.publicKey.rawRepresentation)
    guard let verification = TokenVerificationKey(x: Array(raw.prefix(32)), y: Array(raw.suffix(32))) else {
      return nil
    }
    self.key = key
    verificationKey = verification
  }

  /// A fresh key; nil only if the system's generator fails.
  public static func generate() -> TokenSigningKey? { TokenSigningKey(key: P256.Signing.PrivateKey()) }

  /// The 32-byte scalar, to be sealed.
  public var bytes: [UInt8] { Array(key.rawRepresentation) }

  /// r ‖ s over SHA-256 of `bytes`; nil only if the cryptographic library fails.
  func signature(over bytes: [UInt8]) -> [UInt8]? {
    do { return Array(try key.signature(for: bytes).rawRepresentation) } catch { return nil }
  }
}
