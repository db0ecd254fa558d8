internal import CArgon2
internal import Crypto

/// Hashes and verifies passwords with Argon2id (RFC 9106) away from the cooperative pool, a bounded number at once. What an import brought in another
/// form verifies too, and is replaced when it did.
///
/// The costs are an operator's choice (``PasswordCosts``), by default OWASP's; 1 lane, 16 bytes salt, 32 bytes hash, in PHC form. Passwords are hashed in
/// Unicode NFC, so that every keyboard types the same one.
package final class PasswordHasher: Sendable {
  static let lanes: UInt32 = 1
  static let saltBytes = 16
  static let hashBytes = 32

  private let costs: PasswordCosts
  private let workers: BlockingWorkers
  /// What an unknown person's password is compared with, so that the answer takes as long as for a known one.
  private let decoy: String

  /// - Parameters:
  ///   - workers: hashes computed at once.
  ///   - queue: calls that may wait; the next one throws ``ControlError/Code/busy``.
  ///   - costs: of new passwords.
  /// - Throws: ``Failure`` when the library cannot hash at all.
  package init(workers: Int, queue: Int, costs: PasswordCosts = .standard) throws(Failure) {
    self.costs = costs
    self.workers = BlockingWorkers(label: "atoll.password", workers: workers, places: queue)
    decoy = try Self.hashNow(Array("decoy".utf8), costs)
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
    let (bytes, costs) = (Self.normalized(password), costs)
    let result: Result<String, Failure> = try await run {
      Result { () throws(Failure) in try Self.hashNow(bytes, costs) }
    }
    return try result.get()
  }

  /// Whether the password is the one of `phc`. Without a `phc` it takes as long and is false.
  package func verify(_ password: String, against phc: String?) async throws -> Bool {
    let (encoded, costs) = (phc ?? decoy, costs)
    let matches = try await run { Self.verifyNow(password, encoded, costs) }
    return matches && phc != nil
  }

  /// Whether a stored password has the form and costs that new ones get.
  package func isCurrent(_ phc: String) -> Bool { phc.hasPrefix(costs.form) }

  private func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws -> Value {
    do { return try await workers.run(work) } catch is BlockingWorkers.Busy { throw ControlError(.busy) }
  }

  private static func hashNow(_ password: [UInt8], _ costs: PasswordCosts) throws(Failure) -> String {
    let salt = SymmetricKey(size: SymmetricKeySize(bitCount: saltBytes * 8)).withUnsafeBytes { Array($0) }
    let length = argon2_encodedlen(
      costs.passes, costs.memoryKiB, lanes, UInt32(saltBytes), UInt32(hashBytes), Argon2_id)
    var encoded = [CChar](repeating: 0, count: length)
    let code = argon2id_hash_encoded(
      costs.passes, costs.memoryKiB, lanes, password, password.count, salt, salt.count, hashBytes, &encoded, length)
    guard code == ARGON2_OK.rawValue else { throw Failure(code: code) }
    return String(decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Compares in constant time (the library does). A foreign form was made of the bytes as they were typed there.
  private static func verifyNow(_ password: String, _ encoded: String, _ costs: PasswordCosts) -> Bool {
    let bytes = normalized(password)
    if encoded.hasPrefix(costs.form) { return argon2id_verify(encoded, bytes, bytes.count) == ARGON2_OK.rawValue }
    guard let foreign = ForeignPassword(encoded) else { return false }
    let typed = Array(password.utf8)
    // One of ours from before other costs were chosen was made of the composed text.
    if case .argon2 = foreign, typed != bytes, foreign.verifies(bytes) { return true }
    return foreign.verifies(typed)
  }

  private static func normalized(_ password: String) -> [UInt8] { Array(UnicodeForm.composed(password).utf8) }
}
