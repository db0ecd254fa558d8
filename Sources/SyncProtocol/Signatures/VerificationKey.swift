internal import Crypto

/// The public half of an Ed25519 key (RFC 8032).
///
/// Keys of small order and non-canonical encodings are refused at birth: with them one signature verifies for many messages.
public struct VerificationKey: Sendable, Hashable {
  /// The 32 bytes of RFC 8032.
  public let bytes: [UInt8]
  /// The RFC 7638 thumbprint of the key as a JWK (RFC 8037): SHA-256, base64url, 43 characters.
  public let thumbprint: String

  /// Returns nil unless `bytes` are 32 bytes with a canonical y coordinate that is not one of a small-order point.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 32, !Self.isRefused(bytes) else { return nil }
    self.bytes = bytes
    let jwk = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"\(Base64.encode(bytes))\"}"
    thumbprint = Base64.encode(Array(SHA256.hash(data: Array(jwk.utf8))))
  }

  /// From ``encoded``.
  public init?(encoded: String) {
    guard let bytes = Base64.decode(encoded) else { return nil }
    self.init(bytes: bytes)
  }

  /// The bytes as base64url, the `x` of the JWK.
  public var encoded: String { Base64.encode(bytes) }

  /// How people compare and pin a key: `sha256:` and 64 hexadecimal digits over the 32 bytes.
  public var fingerprint: String { "sha256:" + Hexadecimal.encode(Array(SHA256.hash(data: bytes))) }

  /// Whether `signature` is this key's over `message`. False for every malformed signature.
  public func isValid(signature: [UInt8], for message: [UInt8]) -> Bool {
    guard signature.count == 64 else { return false }
    do {
      return try Curve25519.Signing.PublicKey(rawRepresentation: bytes).isValidSignature(signature, for: message)
    } catch {
      return false  // not 32 bytes, which init excludes
    }
  }

  /// With the sign bit cleared, the five y coordinates of the eight points of small order, and every y not below 2^255 - 19.
  private static func isRefused(_ bytes: [UInt8]) -> Bool {
    var y = bytes
    y[31] &= 0x7F
    if smallOrder.contains(y) { return true }
    return y[31] == 0x7F && y[1..<31].allSatisfy { $0 == 0xFF } && y[0] >= 0xED
  }

  private static let smallOrder: Set<[UInt8]> = [
    [UInt8](repeating: 0, count: 32),
    [1] + [UInt8](repeating: 0, count: 31),
    [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
    [
      0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
      0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
    ],
    [
      0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
      0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
    ],
  ]
}
