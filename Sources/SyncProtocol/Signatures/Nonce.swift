/// A number used once: random characters of base64url.
public struct Nonce: Sendable, Hashable {
  public let text: String

  /// 128 random bits of `generator`.
  public init(using generator: inout some RandomNumberGenerator) {
    // Two words: a call of the system's generator for every byte cost more than the rest of a request's routing.
    var bytes: [UInt8] = []
    for _ in 0..<2 {
      let word: UInt64 = generator.next()
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
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
