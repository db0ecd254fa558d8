internal import CArgon2
internal import Crypto

/// Hashes and verifies passwords with Argon2id (RFC 9106) away from the cooperative pool, a bounded number at once. What an import brought in another
/// form verifies too, and is replaced when it did.
///
/// Parameters are OWASP's: 19 MiB of memory, 2 passes, 1 lane, 16 bytes salt, 32 bytes hash, in PHC form. Passwords are hashed in Unicode NFC, so that
/// every keyboard types the same one.
package final class PasswordHasher: Sendable {
  static let memoryKiB: UInt32 = 19 * 1024
  static let passes: UInt32 = 2
  static let lanes: UInt32 = 1
  static let saltBytes = 16
  static let hashBytes = 32
  private static let form = "$argon2id$v=19$m=\(memoryKiB),t=\(passes),p=\(lanes)$"

  private let workers: BlockingWorkers
  /// What an unknown person's password is compared with, so that the answer takes as long as for a known one.
  private let decoy: String

  /// - Parameters:
  ///   - workers: hashes computed at once.
  ///   - queue: calls that may wait; the next one throws ``ControlError/Code/busy``.
  /// - Throws: ``Failure`` when the library cannot hash at all.
  package init(workers: Int, queue: Int) throws(Failure) {
    self.workers = BlockingWorkers(label: "atoll.password", workers: workers, places: queue)
    decoy = try Self.hashNow(Array("decoy".utf8))
  }

  /// Passwords that are hashed or wait for it now.
  package var waiting: Int { workers.count }

  /// The library's own error code.
  package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    package let code: Int32
    package var description: String { "argon2 failed with code \(code)" }
  }

  /// The PHC string of a password with a fresh salt.
  package func hash(_ password: String) async throws -> String {
    let bytes = Self.normalized(password)
    let result: Result<String, Failure> = try await run { Result { () throws(Failure) in try Self.hashNow(bytes) } }
    return try result.get()
  }

  /// Whether the password is the one of `phc`. Without a `phc` it takes as long and is false.
  package func verify(_ password: String, against phc: String?) async throws -> Bool {
    let encoded = phc ?? decoy
    let matches = try await run { Self.verifyNow(password, encoded) }
    return matches && phc != nil
  }

  /// Whether a stored password has the form and costs that new ones get.
  package func isCurrent(_ phc: String) -> Bool { phc.hasPrefix(Self.form) }

  private func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws -> Value {
    do { return try await workers.run(work) } catch is BlockingWorkers.Busy { throw ControlError(.busy) }
  }

  private static func hashNow(_ password: [UInt8]) throws(Failure) -> String {
    let salt = SymmetricKey(size: SymmetricKeySize(bitCount: saltBytes * 8)).withUnsafeBytes { Array($0) }
    let length = argon2_encodedlen(passes, memoryKiB, lanes, UInt32(saltBytes), UInt32(hashBytes), Argon2_id)
    var encoded = [CChar](repeating: 0, count: length)
    let code = argon2id_hash_encoded(
      passes, memoryKiB, lanes, password, password.count, salt, salt.count, hashBytes, &encoded, length)
    guard code == ARGON2_OK.rawValue else { throw Failure(code: code) }
    return String(decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Compares in constant time (the library does). A foreign form was made of the bytes as they were typed there.
  private static func verifyNow(_ password: String, _ encoded: String) -> Bool {
    guard encoded.hasPrefix(form) else { return ForeignPassword(encoded)?.verifies(Array(password.utf8)) ?? false }
    let bytes = normalized(password)
    return argon2id_verify(encoded, bytes, bytes.count) == ARGON2_OK.rawValue
  }

  private static func normalized(_ password: String) -> [UInt8] { Array(UnicodeForm.composed(password).utf8) }
}
