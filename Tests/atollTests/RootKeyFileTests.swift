import Foundation
import SyncProtocol
import Testing

@testable import atoll

@Suite("Root key files")
struct RootKeyFileTests {
  @Test("a key comes back from its file with its passphrase, and with no other")
  func roundTrip() throws {
    let key = try SigningKey(purpose: .root)
    let document = try RootKeyFile.document(key, passphrase: "correct horse battery")
    let text = String(decoding: JSONWriter.write(document), as: UTF8.self)
    #expect(!text.contains(Base64.encode(key.seed)))
    let back = try RootKeyFile.key(in: document, passphrase: "correct horse battery", path: "x")
    #expect(back.seed == key.seed)
    #expect(throws: CommandFailure.self) {
      try RootKeyFile.key(in: document, passphrase: "correct horse batterz", path: "x")
    }
    #expect(throws: CommandFailure.self) { try RootKeyFile.key(in: document, passphrase: nil, path: "x") }
  }

  @Test("a file whose readable part was altered does not open")
  func altered() throws {
    let key = try SigningKey(purpose: .root)
    let document = try RootKeyFile.document(key, passphrase: "correct horse battery")
    var object = try JSONReader(document).object()
    object["purpose"] = "recovery"
    #expect(throws: CommandFailure.self) {
      try RootKeyFile.key(in: .object(object), passphrase: "correct horse battery", path: "x")
    }
  }

  @Test("a short passphrase is refused")
  func short() throws {
    let key = try SigningKey(purpose: .root)
    #expect(throws: CommandFailure.self) { try RootKeyFile.document(key, passphrase: "14 characters!") }
  }

  @Test("in development the key is bare and opens without a passphrase")
  func development() throws {
    let key = try SigningKey(purpose: .recovery)
    let document = try RootKeyFile.document(key, passphrase: nil)
    #expect(try RootKeyFile.key(in: document, passphrase: nil, path: "x").seed == key.seed)
  }

  @Test("what is not a root key file is refused", arguments: [#"{}"#, #"[]"#, #"{"format":"atoll-root-key-v2"}"#])
  func foreign(text: String) throws {
    let document = try JSONParser.parse(Array(text.utf8))
    #expect(throws: CommandFailure.self) { try RootKeyFile.key(in: document, passphrase: "x", path: "x") }
  }

  @Test("signing announces new roots, signed by a present one and by themselves; a file of another kind is refused")
  func newRoots() async throws {
    let directory = "/tmp/atoll-roots-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    func path(_ name: String) -> String { "\(directory)/\(name)" }
    let primary = try RootKeyFile.loadOrCreate(.root, at: path("primary"), passphrase: nil)
    let recovery = try RootKeyFile.loadOrCreate(.recovery, at: path("recovery"), passphrase: nil)
    let now = Int64(Date().timeIntervalSince1970)
    func manifest(_ version: Int64) throws -> Manifest {
      try #require(
        Manifest(
          version: version, issued: now, expires: now + 1000, development: true, primaryRoot: primary.verificationKey,
          recoveryRoot: recovery.verificationKey, keys: []))
    }
    try SecretFile(path: path("proposal")).write(try manifest(2).body)
    func sign(by root: String, newRoot: String? = nil, newRecovery: String? = nil) async throws -> Manifest {
      var command = ControlManifestSignCommand()
      command.proposal = path("proposal")
      command.output = path("signed-\(UUID().uuidString)")
      command.rootKey = path(root)
      command.newRootKey = newRoot.map(path)
      command.newRecoveryKey = newRecovery.map(path)
      command.passphraseFile = nil
      _ = try await command.perform(try Settings(flags: [:], environment: [:]))
      return try SignedManifest(bytes: try SecretFile.bytes(at: command.output, maximumBytes: 65_536))
        .verify(trust: .previous(try manifest(1)), allowsDevelopment: true, now: now)
    }
    let both = try await sign(by: "recovery", newRoot: "primary-2", newRecovery: "recovery-2")
    let fresh = try RootKeyFile.load(path("recovery-2"), passphrase: nil)
    #expect(fresh.purpose == .recovery)
    #expect(both.recoveryRoot == fresh.verificationKey)
    #expect(both.primaryRoot == (try RootKeyFile.load(path("primary-2"), passphrase: nil)).verificationKey)
    let one = try await sign(by: "primary", newRecovery: "recovery-2")
    #expect(one.primaryRoot == primary.verificationKey)
    #expect(one.recoveryRoot == fresh.verificationKey)
    for file in ["primary", "recovery", "primary-2"] {
      await #expect(throws: CommandFailure.self, "\(file)") {
        try await sign(by: "primary", newRecovery: file)
      }
    }
    await #expect(throws: CommandFailure.self) { try await sign(by: "primary-2") }
  }
}
