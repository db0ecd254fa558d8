internal import Crypto
internal import SyncProtocol

/// The public half of a token-signing key (P-256), as it travels to every region.
public struct TokenVerificationKey: Sendable, Hashable {
  /// The RFC 7638 thumbprint of the key.
  public let kid: String
  /// The coordinates, 32 bytes each.
  public let x: [UInt8]
  public let y: [UInt8]

  /// Returns nil unless the coordinates are 32 bytes each and on the curve.
  public init?(x: [UInt8], y: [UInt8]) {
    guard x.count == 32, y.count == 32 else { return nil }
    do { _ = try P256.Signing.PublicKey(rawRepresentation: x + y) } catch { return nil }
    self.x = x
    self.y = y
    let members = "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"\(Base64.encode(x))\",\"y\":\"\(Base64.encode(y))\"}"
    kid = Base64.encode(Array(SHA256.hash(data: Array(members.utf8))))
  }

  /// From unpadded base64url, the form that travels.
  public init?(x: String, y: String) {
    guard let x = Base64.decode(x), let y = Base64.decode(y) else { return nil }
    self.init(x: x, y: y)
  }

  public var xText: String { Base64.encode(x) }
  public var yText: String { Base64.encode(y) }

  /// Whether `signature` (64 bytes, r ‖ s) is this key's over `bytes`.
  func isSignature(_ signature: [UInt8], over bytes: [UInt8]) -> Bool {
    do {
      let key = try P256.Signing.PublicKey(rawRepresentation: x + y)
      return key.isValidSignature(try P256.Signing.ECDSASignature(rawRepresentation: signature), for: bytes)
    } catch {
      return false
    }
  }
}
