internal import Crypto

/// The opaque secrets that Atoll hands out: a recognisable prefix, 256 random bits in base 62 and a checksum, so that scanners find a leaked
/// one and typing errors cost no database look-up. Only ``digest(of:)`` is ever stored.
public enum TokenFormat: String, Sendable, Hashable, CaseIterable {
  /// A person's session at control.
  case session = "atls_"
  /// An operator's access to the operator API.
  case operatorToken = "atlo_"
  /// Lets one agent join as one region, once.
  case join = "atlj_"
  /// A browser's session in a region.
  case browserSession = "atlb_"
  /// Lets one person accept an invitation.
  case invitation = "atli_"
  /// One authorization code, for the client it was given to.
  case authorizationCode = "atlc_"
  /// A client's right to go on, changed at every use.
  case refreshToken = "atlf_"
  /// What a third-party client proves itself with.
  case clientSecret = "atlx_"
  /// Shows that whoever signed up reads the mail of the address.
  case signUp = "atlv_"
  /// Lets one person set a new password, once.
  case passwordReset = "atlr_"
  /// Shows that a person reads the mail of their new address.
  case emailChange = "atle_"
  /// A login whose second factor is awaited.
  case halfLogin = "atlh_"
  /// Tells a browser or program in which a person has logged in before.
  case device = "atld_"

  static let bodyLength = 43
  static let checksumLength = 6
  static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  /// A new token from the given 32 random bytes; by default from the system's generator.
  public func mint(random: [UInt8]? = nil) -> String {
    let body = rawValue + Self.base62(random ?? Self.random(), length: Self.bodyLength)
    return body + Self.checksum(body)
  }

  /// 256 bits of the system's generator.
  static func random() -> [UInt8] { SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) } }

  /// Whether `text` is a well-formed token of this kind: prefix, length, alphabet and checksum. Says nothing about its validity.
  public func recognizes(_ text: String) -> Bool {
    let length = rawValue.utf8.count + Self.bodyLength + Self.checksumLength
    guard text.utf8.count == length, text.hasPrefix(rawValue),
      text.utf8.dropFirst(rawValue.utf8.count).allSatisfy(Self.alphabet.contains)
    else { return false }
    let body = String(text.dropLast(Self.checksumLength))
    return Self.checksum(body) == text.suffix(Self.checksumLength)
  }

  /// What is stored: SHA-256 over the whole token text.
  public static func digest(of token: String) -> [UInt8] {
    Array(SHA256.hash(data: Array(token.utf8)))
  }

  static func checksum(_ body: String) -> String {
    let value = crc32(body.utf8)
    let bytes = [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
    return base62(bytes, length: checksumLength)
  }

  /// The big-endian number in base 62, padded with zeros to `length` digits.
  static func base62(_ bytes: [UInt8], length: Int) -> String {
    var number = bytes.map(Int.init)
    var digits: [UInt8] = []
    for _ in 0..<length {
      var remainder = 0
      for index in number.indices {
        let value = remainder * 256 + number[index]
        number[index] = value / 62
        remainder = value % 62
      }
      digits.append(alphabet[remainder])
    }
    return String(decoding: digits.reversed(), as: UTF8.self)
  }

  /// CRC-32 (IEEE 802.3), reflected.
  private static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~crc
  }
}
