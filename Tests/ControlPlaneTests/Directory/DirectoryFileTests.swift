import ControlPlane
import FoundationEssentials
import Glibc
import Outbox
import Silo
import SyncProtocol
import Testing

@Suite struct DirectoryFileTests {
  /// A follower with a map of its own over the fixture's database and one file.
  private func follower(
    _ control: ControlFixture, _ path: String, secret: [UInt8] = ControlFixture.secretBytes, filePause: Duration? = nil
  ) throws -> (follower: DirectoryFollower, map: DirectoryMap) {
    var environment = ControlEnvironment(
      database: control.environment.database, secretKey: try #require(SecretKey(bytes: secret)),
      logger: control.environment.logger)
    environment.directoryFile = path
    let map = DirectoryMap()
    return (DirectoryFollower(map: map, environment: environment, filePause: filePause), map)
  }

  private func withFile<Value: Sendable>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("atoll-map-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { rmdir(folder) }
    let path = folder + "/directory.map"
    defer { unlink(path) }
    return try await body(path)
  }

  private func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  private func replace(_ path: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    chmod(path, 0o600)
  }

  @Test("a process that starts while the database is away knows what was known last, and goes on from there")
  func restart() async throws {
    try await withControl { control in
      try await withFile { path in
        let world = try await World(control)
        let (first, old) = try follower(control, path)
        var position = try await first.pass()
        let renamed = try await control.post(
          "/api/v1/organizations/\(world.organization)/slug", token: world.ada.token, ["slug": "acme-2"])
        #expect(renamed.status == 200)
        position = try await first.pass(after: position)
        #expect(old.organization(slug: "acme-2") != nil)

        let (second, map) = try follower(control, path)
        #expect(await second.restore() == position)
        #expect(map.isLoaded)
        #expect(map.restoredAt != nil)
        #expect(map.organization(slug: "acme-2") == old.organization(slug: "acme-2"))
        #expect(map.organization(slug: "acme")?.isAlias == true)
        #expect(map.regions == old.regions)
        _ = try await FakeRegion.joined(control, "us")
        position = try await second.pass(after: position)
        #expect(map.region(hostLabel: "us") != nil)
        #expect(map.restoredAt == nil)

        let (third, last) = try follower(control, path)
        #expect(await third.restore() == position)
        #expect(last.region(hostLabel: "us") != nil)
      }
    }
  }

  @Test("a file that was changed, of another secret, or open to others is not believed; one that was cut off is old")
  func tampered() async throws {
    try await withControl { control in
      try await withFile { path in
        _ = try await World(control)
        let (writer, _) = try follower(control, path)
        let whole = try await writer.pass()
        let wholeBytes = try bytes(path)
        _ = try await FakeRegion.joined(control, "us")
        _ = try await writer.pass(after: whole)
        let all = try bytes(path)
        #expect(all.count > wholeBytes.count)

        for place in [0, 20, 40, wholeBytes.count / 2, wholeBytes.count - 1] {
          var harmed = all
          harmed[place] ^= 1
          try replace(path, harmed)
          let (reader, map) = try follower(control, path)
          #expect(await reader.restore() == nil, "byte \(place)")
          #expect(!map.isLoaded)
        }
        // What came later was harmed: the whole stands, and the database is asked for everything.
        var harmed = all
        harmed[all.count - 1] ^= 1
        try replace(path, harmed)
        let (reader, map) = try follower(control, path)
        #expect(await reader.restore() == nil)
        #expect(map.isLoaded)
        #expect(map.organization(slug: "acme") != nil)
        #expect(map.region(hostLabel: "us") == nil)

        try replace(path, wholeBytes)
        #expect(try await follower(control, path).follower.restore() == whole)
        let stranger = [UInt8](repeating: 8, count: 32)
        #expect(try await follower(control, path, secret: stranger).follower.restore() == nil)
        chmod(path, 0o644)
        #expect(try await follower(control, path).follower.restore() == nil)
      }
    }
  }

  @Test("a file that cannot be written is counted, and written whole once it can be", .timeLimit(.minutes(20)))
  func unwritable() async throws {
    try await withControl { control in
      try await withFile { path in
        // Nobody writes into a folder that is not there, whoever runs the tests.
        let missing = path + ".folder/directory.map"
        let (first, old) = try follower(control, missing, filePause: .zero)
        var position = try await first.pass()
        #expect(old.isLoaded)
        #expect(old.fileFailures == 1)
        _ = try await FakeRegion.joined(control, "us")
        position = try await first.pass(after: position)
        #expect(old.region(hostLabel: "us") != nil)
        #expect(old.fileFailures == 2)
        let folder = path + ".folder"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { rmdir(folder) }
        defer { unlink(missing) }
        // Nothing is new, and yet it is written.
        position = try await first.pass(after: position)
        #expect(old.fileFailures == 2)
        let (second, map) = try follower(control, missing)
        #expect(await second.restore() == position)
        #expect(map.region(hostLabel: "us") != nil)

        let (patient, waiting) = try follower(control, path + ".other/directory.map", filePause: .seconds(3600))
        position = try await patient.pass()
        _ = try await patient.pass(after: position)
        #expect(waiting.fileFailures == 1, "not with every reading")
      }
    }
  }
}
