import Crypto
import SyncProtocol

/// A root key in a file: encrypted under a passphrase, or bare in development.
///
/// The file is JSON with the format's name, the key's purpose and public half, and either the Argon2id parameters with the seed sealed by
/// AES-256-GCM (the readable members are authenticated with it), or, in development, the seed itself. It is written once; Atoll needs it
/// again only to rotate or revoke, so it belongs off the server.
enum RootKeyFile {
  static let format = "atoll-root-key-v1"
  /// The fewest characters of a passphrase.
  static let minimumPassphrase = 15

  /// The key of the file at `path`, which is made when it is missing: after a crash the same key is used again.
  static func loadOrCreate(_ purpose: KeyPurpose, at path: String, passphrase: String?) throws -> SigningKey {
    let file = SecretFile(path: path)
    if file.exists { return try load(path, passphrase: passphrase) }
    let key = try SigningKey(purpose: purpose)
    try file.write(JSONWriter.write(try document(key, passphrase: passphrase)) + [0x0A])
    return key
  }

  /// The key of the file at `path`.
  static func load(_ path: String, passphrase: String?) throws -> SigningKey {
    let text = try SecretFile(path: path).text(maximumBytes: 4096)
    let document: JSONValue
    do { document = try JSONParser.parse(Array(text.utf8)) } catch {
      throw CommandFailure(.data, "\(path): not a root key file (\(error))", advice: "check that it is the right file")
    }
    return try key(in: document, passphrase: passphrase, path: path)
  }

  /// The document for a key under `passphrase`; nil writes it bare, for development only.
  static func document(_ key: SigningKey, passphrase: String?) throws -> JSONValue {
    var object: JSONObject = [
      "format": .string(format), "purpose": .string(key.purpose.rawValue),
      "public_key": .string(Base64.encode(key.verificationKey.bytes)),
    ]
    guard let passphrase else {
      object["development"] = true
      object["seed"] = .string(Base64.encode(key.seed))
      return .object(object)
    }
    guard passphrase.count >= minimumPassphrase else {
      throw CommandFailure(
        .usage, "the passphrase is shorter than \(minimumPassphrase) characters", advice: "choose several random words")
    }
    let derivation = PassphraseDerivation.fresh()
    object["kdf"] = derivation.json
    let authenticated = JSONWriter.write(.object(object))
    let box = try AES.GCM.seal(key.seed, using: derivation.key(passphrase), authenticating: authenticated)
    guard let combined = box.combined else {
      throw CommandFailure(.internal, "the root key could not be sealed", advice: "report this")
    }
    object["sealed"] = .string(Base64.encode(Array(combined)))
    return .object(object)
  }

  /// The key of a document.
  /// - Throws: ``CommandFailure`` when the document is not a root key file or the passphrase is not its own.
  static func key(in document: JSONValue, passphrase: String?, path: String) throws -> SigningKey {
    do {
      let reader = JSONReader(document)
      guard try reader.field("format").string() == format else { throw reader.error(expected: format) }
      let purpose = try reader.field("purpose").parsed("root or recovery", KeyPurpose.init(rawValue:))
      if let seed = try reader.optional("seed") {
        return try SigningKey(seed: try seed.parsed("base64url") { Base64.decode($0) }, purpose: purpose)
      }
      guard let passphrase else {
        throw CommandFailure(
          .configuration, "\(path) is encrypted",
          advice: "give \(Setting.passphraseFile.flag) or \(Setting.passphrase.variable)")
      }
      let sealed = try reader.field("sealed").parsed("base64url") { Base64.decode($0) }
      var readable = try reader.object()
      readable["sealed"] = nil
      let derivation = try PassphraseDerivation(try reader.field("kdf"))
      let key = try derivation.key(passphrase)
      let seed = try AES.GCM.open(
        AES.GCM.SealedBox(combined: sealed), using: key, authenticating: JSONWriter.write(.object(readable)))
      return try SigningKey(seed: Array(seed), purpose: purpose)
    } catch let error as JSONError {
      throw CommandFailure(.data, "\(path): not a root key file (\(error))", advice: "check that it is the right file")
    } catch is CryptoKitError {
      throw CommandFailure(.permission, "\(path): the passphrase does not open it", advice: "check the passphrase")
    }
  }
}
