internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials
public import SyncProtocol

/// A private key that signs JWTs with exactly one algorithm. Its description names the key id only.
public struct JWTSigningKey: Sendable, CustomStringConvertible {
  private enum Material: Sendable {
    case p256(P256.Signing.PrivateKey)
    case rsa(_RSA.Signing.PrivateKey)
    case ed25519(SigningKey)
  }

  private let material: Material
  public let verificationKey: JWTVerificationKey

  /// The P-256 key of a 32-byte scalar; nil when it is none.
  public init?(scalar: [UInt8]) {
    do { self.init(try P256.Signing.PrivateKey(rawRepresentation: scalar)) } catch { return nil }
  }

  private init?(_ key: P256.Signing.PrivateKey) {
    let raw = Array(key.publicKey.rawRepresentation)
    guard let verification = JWTVerificationKey(x: Array(raw.prefix(32)), y: Array(raw.suffix(32))) else { return nil }
    material = .p256(key)
    verificationKey = verification
  }

  /// The RSA key of a PKCS #1 or PKCS #8 document; nil when it is none of 2048 bits or more with the exponent 65537.
  public init?(rsa document: [UInt8]) {
    do { self.init(try _RSA.Signing.PrivateKey(derRepresentation: document)) } catch { return nil }
  }

  private init?(_ key: _RSA.Signing.PrivateKey) {
    do {
      let public_ = try key.publicKey.getKeyPrimitives()
      let parts = (modulus: Array(public_.modulus), exponent: Array(public_.publicExponent))
      guard let verification = JWTVerificationKey(modulus: parts.modulus, exponent: parts.exponent) else { return nil }
      material = .rsa(key)
      verificationKey = verification
    } catch { return nil }
  }

  /// An agent's key, named by its thumbprint.
  public init(_ key: SigningKey) {
    material = .ed25519(key)
    verificationKey = JWTVerificationKey(key.verificationKey)
  }

  /// A fresh P-256 key; nil only if the system's generator fails.
  public static func generateES256() -> JWTSigningKey? { JWTSigningKey(P256.Signing.PrivateKey()) }

  /// A fresh RSA key of 3072 bits. Takes a good part of a second of a processor; nil only if the library fails.
  public static func generateRS256() -> JWTSigningKey? {
    do { return JWTSigningKey(try _RSA.Signing.PrivateKey(keySize: .bits3072)) } catch { return nil }
  }

  /// The secret, to be sealed: what ``init(scalar:)`` or ``init(rsa:)`` takes; of an agent its seed.
  public var secret: [UInt8] {
    switch material {
    case .p256(let key): Array(key.rawRepresentation)
    case .rsa(let key): Array(key.derRepresentation)
    case .ed25519(let key): key.seed
    }
  }

  public var description: String { "\(verificationKey.algorithm.rawValue) key \(verificationKey.kid)" }

  /// A compact JWS (RFC 7515 §7.1) with a header of `typ`, `alg` and `kid`; nil only if the cryptographic library fails.
  public func token(type: String, claims: JSONObject) -> String? {
    let header: JSONValue = [
      "typ": .string(type), "alg": .string(verificationKey.algorithm.rawValue), "kid": .string(verificationKey.kid),
    ]
    let input =
      Base64.encode(JSONWriter.write(header)) + "." + Base64.encode(JSONWriter.write(.object(claims)))
    return signature(over: Array(input.utf8)).map { input + "." + Base64.encode($0) }
  }

  private func signature(over bytes: [UInt8]) -> [UInt8]? {
    do {
      switch material {
      case .p256(let key): return Array(try key.signature(for: bytes).rawRepresentation)
      case .rsa(let key):
        let digest = SHA256.hash(data: bytes)
        return Array(try key.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation)
      case .ed25519(let key): return try key.signature(for: bytes)
      }
    } catch { return nil }
  }
}
