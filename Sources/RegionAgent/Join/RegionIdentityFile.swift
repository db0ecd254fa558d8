package import Silo
internal import SyncProtocol

/// The agent's identity on disk: `identity.json` in the data directory, mode 0600, private keys sealed under the secret key.
package struct RegionIdentityFile: Sendable {
  private let file: PrivateFile
  private let directory: String
  private let secretKey: SecretKey

  package init(directory: String, secretKey: SecretKey) {
    self.directory = directory
    self.secretKey = secretKey
    file = PrivateFile(path: directory + "/identity.json")
  }

  /// Nil when nothing has joined from this directory.
  /// - Throws: ``RegionError``: `file_unreadable`, `file_damaged`.
  package func load() throws(RegionError) -> RegionIdentity? {
    guard case .joined(let identity) = try read() else { return nil }
    return identity
  }

  func read() throws(RegionError) -> StoredIdentity? {
    guard let bytes = try file.read() else { return nil }
    do {
      return try StoredIdentity(JSONReader(try JSONParser.parse(bytes)), openedBy: secretKey)
    } catch {
      throw RegionError(.fileDamaged, "\(file.path) does not open with this secret key or is damaged: \(error)")
    }
  }

  func write(_ identity: StoredIdentity) throws(RegionError) {
    try PrivateFile.makeDirectory(directory)
    let json: JSONValue
    do {
      json = try identity.json(sealedBy: secretKey)
    } catch {
      throw RegionError(.fileUnwritable, "\(file.path): \(error)")
    }
    try file.write(JSONWriter.write(json))
  }
}
