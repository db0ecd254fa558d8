internal import CArgon2
internal import CCrypt
internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials
internal import Glibc
internal import Silo
internal import SyncProtocol

extension ForeignPassword {
  /// Whether these bytes are the password. Blocks for as long as the form costs.
  func verifies(_ password: [UInt8]) -> Bool {
    switch self {
    case .argon2(let text, let kind):
      return argon2_verify(text, password, password.count, argon2_type(rawValue: kind)) == ARGON2_OK.rawValue
    case .pbkdf2(let isSHA1, let rounds, let salt, let hash):
      return matches(hash) {
        try KDF.Insecure.PBKDF2.deriveKey(
          from: password, salt: salt, using: isSHA1 ? .insecureSHA1 : .sha256, outputByteCount: hash.count,
          unsafeUncheckedRounds: rounds)
      }
    case .bcrypt(let text, let prehashed):
      let bytes = prehashed ? Array(Hexadecimal.encode(Array(SHA256.hash(data: password))).utf8) : password
      return Self.crypt(bytes, text).map { equalInConstantTime($0, Array(text.utf8)) } ?? false
    case .scrypt(let cost, let block, let lanes, let salt, let hash):
      return matches(hash) {
        try KDF.Scrypt.deriveKey(
          from: password, salt: salt, outputByteCount: hash.count, rounds: cost, blockSize: block, parallelism: lanes,
          maxMemory: 160 << 20)
      }
    }
  }

  private func matches(_ hash: [UInt8], _ derive: () throws -> SymmetricKey) -> Bool {
    do { return equalInConstantTime(try derive().withUnsafeBytes { Array($0) }, hash) } catch { return false }
  }

  /// `crypt(3)` with the setting of a stored hash.
  private static func crypt(_ password: [UInt8], _ setting: String) -> [UInt8]? {
    // A C string ends at the first NUL: what stands behind it must not be free.
    guard !password.contains(0) else { return nil }
    return withUnsafeTemporaryAllocation(of: crypt_data.self, capacity: 1) { data -> [UInt8]? in
      guard let place = data.baseAddress else { return nil }
      memset(place, 0, MemoryLayout<crypt_data>.size)
      guard let result = crypt_r(password.map { CChar(bitPattern: $0) } + [0], setting, place) else { return nil }
      return Array(String(cString: result).utf8)
    }
  }
}
