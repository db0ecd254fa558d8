import FoundationEssentials
import Glibc
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("The agent's files")
struct IdentityFileTests {
  @Test("open with their secret key only, hold no seed in the clear and belong to the owner alone")
  func sealed() throws {
    try withDirectory { directory in
      let secret = try #require(SecretKey.generate()?.key)
      let file = RegionIdentityFile(directory: directory, secretKey: secret)
      #expect(try file.load() == nil)
      let keys = StoredIdentity.PendingKeys(
        agentKey: try SigningKey(purpose: .agent), streamKey: try SigningKey(purpose: .stream))
      try file.write(.joining(keys))
      guard case .joining(let read) = try file.read() else {
        Issue.record("the pending keys are not there")
        return
      }
      #expect(read.agentKey.seed == keys.agentKey.seed)
      #expect(try file.load() == nil)
      var status = stat()
      #expect(stat(directory + "/identity.json", &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600)
      let bytes = try #require(try PrivateFile(path: directory + "/identity.json").read())
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(!text.contains(Base64.encode(keys.agentKey.seed)))
      let other = try #require(SecretKey.generate()?.key)
      #expect(throws: RegionError.self) { try RegionIdentityFile(directory: directory, secretKey: other).read() }
      #expect(chmod(directory + "/identity.json", 0o644) == 0)
      #expect(throws: RegionError.self) { try file.load() }
    }
  }

  @Test("the counter rises over restarts and refuses a damaged file")
  func counter() throws {
    try withDirectory { directory in
      let first = try RequestCounter(directory: directory)
      let numbers = try (0..<3).map { _ in try first.next() }
      #expect(numbers == [1, 2, 3])
      let second = try RequestCounter(directory: directory)
      #expect(try second.next() > 3)
      try PrivateFile(path: directory + "/counter").write(Array("many".utf8))
      #expect(throws: RegionError.self) { try RequestCounter(directory: directory) }
    }
  }
}

/// Lends a new directory.
func withDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = "/tmp/atoll-region-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  let result = Swift.Result { try body(path) }
  try FileManager.default.removeItem(atPath: path)
  return try result.get()
}
