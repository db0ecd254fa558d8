import Crypto
import FoundationEssentials
import Testing

/// What an authenticator application computes (RFC 6238), written apart from the code under test.
enum Authenticator {
  static func code(_ secret: String, at date: Date) throws -> String {
    var bits = ""
    for character in secret {
      let value = try #require("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".firstIndex(of: character))
      let number = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".distance(
        from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".startIndex, to: value)
      let text = String(number, radix: 2)
      bits += String(repeating: "0", count: 5 - text.count) + text
    }
    var seed: [UInt8] = []
    var rest = Substring(bits)
    while rest.count >= 8 {
      seed.append(try #require(UInt8(rest.prefix(8), radix: 2)))
      rest = rest.dropFirst(8)
    }
    let counter = UInt64(date.timeIntervalSince1970) / 30
    let message = (0..<8).map { UInt8(truncatingIfNeeded: counter >> (56 - 8 * UInt64($0))) }
    let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: seed)))
    let offset = Int(mac[19] & 15)
    let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
    let text = String(number % 1_000_000)
    return String(repeating: "0", count: 6 - text.count) + text
  }
}
