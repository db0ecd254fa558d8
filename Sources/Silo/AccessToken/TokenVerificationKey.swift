internal import SyncProtocol

/// The public half of a token-signing key (P-256), as it travels to every region.
public struct TokenVerificationKey: Sendable, Hashable {
  /// The coordinates, 32 bytes each.
  public let x: [UInt8]
  public let y: [UInt8]
  /// The key as JWTs are verified with it.
  public let jwt: JWTVerificationKey

  /// Returns nil unless the coordinates are 32 bytes each and on the curve.
  public init?(x: [UInt8], y: [UInt8]) {
    guard let key = JWTVerificationKey(x: x, y: y) else { return nil }
    self.x = x
    self.y = y
    jwt = key
  }

  /// From unpadded base64url, the form that travels.
  public init?(x: String, y: String) {
    guard let x = Base64.decode(x), let y = Base64.decode(y) else { return nil }
    self.init(x: x, y: y)
  }

  /// The RFC 7638 thumbprint of the key.
  public var kid: String { jwt.kid }
  public var xText: String { Base64.encode(x) }
  public var yText: String { Base64.encode(y) }
}
