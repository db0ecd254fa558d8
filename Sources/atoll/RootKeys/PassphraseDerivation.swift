import CArgon2
import Crypto
import SyncProtocol

/// Argon2id (RFC 9106) from a passphrase to a 256-bit key. Deliberately slow and memory-hard: a root key file may be stolen.
struct PassphraseDerivation: Sendable {
  /// In KiB; 64 MiB for new files, at most 1 GiB accepted.
  let memory: UInt32
  let passes: UInt32
  /// 16 random bytes.
  let salt: [UInt8]

  static func fresh() -> PassphraseDerivation {
    let salt = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
    return PassphraseDerivation(memory: 65_536, passes: 3, salt: salt)
  }

  private init(memory: UInt32, passes: UInt32, salt: [UInt8]) {
    self.memory = memory
    self.passes = passes
    self.salt = salt
  }

  init(_ reader: JSONReader) throws {
    guard try reader.field("name").string() == "argon2id" else { throw reader.error(expected: "argon2id") }
    memory = UInt32(try reader.field("memory_kib").integer(in: 8_192...1_048_576))
    passes = UInt32(try reader.field("passes").integer(in: 1...20))
    salt = try reader.field("salt").parsed("16 bytes in base64url") { Base64.decode($0) }
    guard salt.count == 16 else { throw reader.error(expected: "a salt of 16 bytes") }
  }

  var json: JSONValue {
    [
      "name": "argon2id", "memory_kib": .integer(Int64(memory)), "passes": .integer(Int64(passes)),
      "salt": .string(Base64.encode(salt)),
    ]
  }

  /// - Throws: ``CommandFailure`` when there is not enough memory.
  func key(_ passphrase: String) throws -> SymmetricKey {
    var output = [UInt8](repeating: 0, count: 32)
    let secret = Array(passphrase.utf8)
    let result = argon2id_hash_raw(
      passes, memory, 1, secret, secret.count, salt, salt.count, &output, output.count)
    guard result == ARGON2_OK.rawValue else {
      throw CommandFailure(
        .temporary, "the passphrase could not be stretched: \(String(cString: argon2_error_message(result)))",
        advice: "free \(memory / 1024) MiB of memory and try again")
    }
    return SymmetricKey(data: output)
  }
}
