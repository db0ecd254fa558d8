internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials
public import SyncProtocol

/// A public key for exactly one algorithm. A token that names another algorithm with this key is refused, whatever its signature.
public struct JWTVerificationKey: Sendable, Hashable {
  private enum Material: Sendable {
    case p256(P256.Signing.PublicKey)
    case rsa(_RSA.Signing.PublicKey)
    case ed25519(VerificationKey)
  }

  /// What tokens name the key by: the RFC 7638 thumbprint unless its owner chose another name.
  public let kid: String
  public let algorithm: JWTAlgorithm
  /// The required members of the public key as a JWK (RFC 7638 §3.2), in lexical order.
  public let members: JSONObject
  private let material: Material

  private init(_ material: Material, _ algorithm: JWTAlgorithm, members: JSONObject, kid: String?) {
    self.material = material
    self.algorithm = algorithm
    self.members = members
    self.kid = kid ?? Base64.encode(Array(SHA256.hash(data: JSONWriter.write(.object(members)))))
  }

  /// A P-256 key of two coordinates of 32 bytes; nil unless they are on the curve.
  public init?(x: [UInt8], y: [UInt8], kid: String? = nil) {
    guard x.count == 32, y.count == 32 else { return nil }
    let members: JSONObject = [
      "crv": "P-256", "kty": "EC", "x": .string(Base64.encode(x)), "y": .string(Base64.encode(y)),
    ]
    do {
      let key = try P256.Signing.PublicKey(rawRepresentation: x + y)
      self.init(.p256(key), .es256, members: members, kid: kid)
    } catch { return nil }
  }

  /// An RSA key of 2048 to 4096 bits with the exponent 65537; nil for any other.
  public init?(modulus: [UInt8], exponent: [UInt8], kid: String? = nil) {
    guard (256...512).contains(modulus.count), modulus[0] >= 0x80, exponent == [1, 0, 1] else { return nil }
    let members: JSONObject = ["e": "AQAB", "kty": "RSA", "n": .string(Base64.encode(modulus))]
    do {
      let key = try _RSA.Signing.PublicKey(n: Data(modulus), e: Data(exponent))
      self.init(.rsa(key), .rs256, members: members, kid: kid)
    } catch { return nil }
  }

  public init(_ key: VerificationKey, kid: String? = nil) {
    let members: JSONObject = ["crv": "Ed25519", "kty": "OKP", "x": .string(key.encoded)]
    self.init(.ed25519(key), .eddsa, members: members, kid: kid)
  }

  public static func == (left: Self, right: Self) -> Bool { left.kid == right.kid && left.members == right.members }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(kid)
    hasher.combine(members)
  }

  /// Whether `signature` is this key's over `bytes`. False for every malformed one.
  public func isSignature(_ signature: [UInt8], over bytes: [UInt8]) -> Bool {
    switch material {
    case .p256(let key):
      guard signature.count == 64 else { return false }
      do {
        return key.isValidSignature(try P256.Signing.ECDSASignature(rawRepresentation: signature), for: bytes)
      } catch { return false }
    case .rsa(let key):
      let signature = _RSA.Signing.RSASignature(rawRepresentation: Data(signature))
      return key.isValidSignature(signature, for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
    case .ed25519(let key): return key.isValid(signature: signature, for: bytes)
    }
  }
}
