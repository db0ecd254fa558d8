internal import FoundationEssentials
internal import Glibc
internal import Silo
internal import SyncProtocol

/// Control's keys and manifest as this process read them last, so that it can start and route while its database is away.
///
/// Sealed as a whole under the secret key, and the private halves within as in the database: the file is worth no more than a row of it.
struct KeyringFile: Sendable {
  /// What the database has, private halves sealed.
  struct Content: Sendable, Hashable {
    struct Key: Sendable, Hashable {
      let purpose: KeyPurpose
      let thumbprint: String
      let sealed: [UInt8]
    }

    var keys: [Key]
    let manifest: [UInt8]

    func key(_ purpose: KeyPurpose) -> Key? { keys.first { $0.purpose == purpose } }
  }

  private static let place = SecretKey.Place(table: "file", row: "keyring", column: "content")
  private static let longest = 1 << 20

  let path: String
  let secretKey: SecretKey

  /// Replaces the file; nothing is done when it says the same.
  func write(_ content: Content) throws {
    if try read() == content { return }
    let document = JSONWriter.write([
      "manifest": .string(Base64.encode(content.manifest)),
      "keys": .array(
        content.keys.map { key in
          [
            "purpose": .string(key.purpose.rawValue), "thumbprint": .string(key.thumbprint),
            "sealed": .string(Base64.encode(key.sealed)),
          ]
        }),
    ])
    let draft = path + ".new"
    let isMade = FileManager.default.createFile(
      atPath: draft, contents: Data(try secretKey.seal(document, at: Self.place)),
      attributes: [.posixPermissions: 0o600])
    guard isMade, rename(draft, path) == 0 else {
      throw ControlError(.notInitialized, "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
  }

  /// Nil without a file, and for one that does not open: of another secret key, or harmed.
  func read() throws -> Content? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    guard bytes.count <= Self.longest else { return nil }
    do {
      let document = JSONReader(
        try JSONParser.parse(
          try secretKey.open(bytes, at: Self.place), limits: JSONLimits(maximumBytes: Self.longest)))
      let keys = try document.field("keys").array(maximum: 16).map { key in
        Content.Key(
          purpose: try key.field("purpose").parsed("a purpose") { KeyPurpose(rawValue: $0) },
          thumbprint: try key.field("thumbprint").string(),
          sealed: try key.field("sealed").parsed("base 64") { Base64.decode($0.utf8) })
      }
      return Content(keys: keys, manifest: try document.field("manifest").parsed("base 64") { Base64.decode($0.utf8) })
    } catch { return nil }
  }
}
