import Silo
import SyncProtocol

/// `secret.key` in a silo's data directory: the key that seals secrets at rest. Not in the database, so a stolen dump opens nothing.
struct SecretKeyFile: Sendable {
  private let file: SecretFile

  init(directory: String) { file = SecretFile(path: "\(directory)/secret.key") }

  /// The key of the file.
  /// - Throws: ``CommandFailure`` when the file is missing, readable by others, or not a key.
  func load() throws -> SecretKey {
    guard file.exists else {
      throw CommandFailure(
        .configuration, "\(file.path) is missing",
        advice: "restore it from the backup of the data directory; without it the silo's secrets do not open")
    }
    let text = try file.text(maximumBytes: 256)
    guard let bytes = Base64.decode(text), let key = SecretKey(bytes: bytes) else {
      throw CommandFailure(.data, "\(file.path) is not a secret key", advice: "restore it from the backup")
    }
    return key
  }

  /// The key of the file, which is made when it is missing.
  func loadOrCreate() throws -> SecretKey {
    if file.exists { return try load() }
    guard let fresh = SecretKey.generate() else {
      throw CommandFailure(.internal, "no secret key could be made", advice: "report this")
    }
    try file.write(Array((Base64.encode(fresh.bytes) + "\n").utf8))
    return fresh.key
  }
}
