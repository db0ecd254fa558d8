import Crypto
import Foundation
import Testing

/// What an authenticator application does with its key (RFC 6238).
struct OneTimeCode {
  private let seed: [UInt8]

  init(secret: String) throws {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    var bits = ""
    for letter in secret {
      let value = String(try #require(alphabet.firstIndex(of: letter)), radix: 2)
      bits += String(repeating: "0", count: 5 - value.count) + value
    }
    seed = stride(from: 0, to: bits.count / 8 * 8, by: 8).compactMap { start in
      UInt8(bits.dropFirst(start).prefix(8), radix: 2)
    }
  }

  var now: String {
    let step = UInt64(Date().timeIntervalSince1970) / 30
    let counter = (0..<8).reversed().map { UInt8(truncatingIfNeeded: step >> (UInt64($0) * 8)) }
    let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: seed)))
    let offset = Int(mac[19] & 15)
    let number = mac[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
    let digits = String(number % 1_000_000)
    return String(repeating: "0", count: 6 - digits.count) + digits
  }
}
