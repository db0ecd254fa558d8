internal import Crypto
internal import FoundationEssentials
internal import Silo

/// Time-based one-time passwords (RFC 6238) as every authenticator application knows them: SHA-1, six digits, 30 seconds.
struct OneTimePassword: Sendable {
  static let seconds: Int64 = 30
  static let seedBytes = 20
  private static let digits = 6

  let seed: [UInt8]

  static func step(at date: Date) -> Int64 { Int64(date.timeIntervalSince1970.rounded(.down)) / seconds }

  /// The code of a step (RFC 4226 §5.3).
  func code(at step: Int64) -> String {
    let counter = withUnsafeBytes(of: step.bigEndian) { Array($0) }
    let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: seed)))
    let offset = Int(mac[19] & 0x0F)
    let number =
      UInt32(mac[offset] & 0x7F) << 24 | UInt32(mac[offset + 1]) << 16 | UInt32(mac[offset + 2]) << 8
      | UInt32(mac[offset + 3])
    let text = String(number % 1_000_000)
    return String(repeating: "0", count: Self.digits - text.utf8.count) + text
  }

  /// The step whose code this is; only steps behind `last` count. Takes as long whichever it is.
  func step(of entered: String, in steps: ClosedRange<Int64>, after last: Int64) -> Int64? {
    let code = Array(entered.utf8.filter { $0 != 0x20 })
    guard code.count == Self.digits, code.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    var found: Int64?
    for step in steps where equalInConstantTime(code, Array(self.code(at: step).utf8)) && step > last { found = step }
    return found
  }

  /// What an authenticator application reads from a picture.
  func uri(account: String, issuer: String) -> String {
    let label = "\(Self.escaped(issuer)):\(Self.escaped(account))"
    return "otpauth://totp/\(label)?secret=\(Base32.encode(seed))&issuer=\(Self.escaped(issuer))"
      + "&algorithm=SHA1&digits=6&period=30"
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
