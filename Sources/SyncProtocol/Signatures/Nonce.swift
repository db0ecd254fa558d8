/// A number used once: random characters of base64url.
public struct Nonce: Sendable, Hashable {
  public let text: String

  /// 128 random bits of `generator`.
  public init(using generator: inout some RandomNumberGenerator) {
    var bytes: [UInt8] = []
    for _ in 0..<16 { bytes.append(UInt8.random(in: .min ... .max, using: &generator)) }
    text = Base64.encode(bytes)
  }

  /// 128 bits of the system's generator.
  public static func random() -> Nonce {
    var generator = SystemRandomNumberGenerator()
    return Nonce(using: &generator)
  }

  /// A given nonce, for test vectors; nil when the profile would refuse it.
  public init?(_ text: String) {
    guard SyncProfile.nonceLength.contains(text.utf8.count),
      text.utf8.allSatisfy(SignatureParameters.isURLByte)
    else { return nil }
    self.text = text
  }
}
