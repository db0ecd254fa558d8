internal import SyncProtocol

/// The private half of a token-signing key (P-256). Exists at control only, sealed at rest.
public struct TokenSigningKey: Sendable {
  /// The key as JWTs are signed with it.
  public let jwt: JWTSigningKey
  public let verificationKey: TokenVerificationKey

  /// Returns nil unless `bytes` is a valid 32-byte scalar.
  public init?(bytes: [UInt8]) {
    guard let key = JWTSigningKey(scalar: bytes) else { return nil }
    self.init(key)
  }

  private init?(_ key: JWTSigningKey) {
    func text(_ name: String) -> String {
      guard case .string(let text)? = key.verificationKey.members[name] else { return "" }
      return text
    }
    guard let verification = TokenVerificationKey(x: text("x"), y: text("y")) else { return nil }
    jwt = key
    verificationKey = verification
  }

  /// A fresh key; nil only if the system's generator fails.
  public static func generate() -> TokenSigningKey? { JWTSigningKey.generateES256().flatMap { TokenSigningKey($0) } }

  /// The 32-byte scalar, to be sealed.
  public var bytes: [UInt8] { jwt.secret }
}
