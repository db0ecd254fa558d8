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
}
