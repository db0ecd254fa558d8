import Foundation
import Silo
import Testing

/// Code that reaches into the wrong silo must not compile. Each snippet is given to the compiler; the one that is right proves that the others fail
/// for the reason meant.
@Suite struct CompileTimeTests {
  private static let prelude = """
    import Outbox
    import Silo
    struct Users { init(_ database: SiloDatabase<ControlSilo>) {} }
    func insert(on connection: SiloConnection<ControlSilo>) {}
    func find(_ user: UserID) {}
    func serve<S: Silo>(_ silo: S.Type) {}
    func use(
      control: SiloDatabase<ControlSilo>, region: SiloDatabase<RegionSilo>, user: UserID, organization: OrganizationID
    ) async throws {

    """

  @Test("the control's store with the control's database compiles")
  func positive() async throws {
    let result = try Self.check("_ = Users(control); find(user); serve(ControlSilo.self)")
    #expect(result.succeeded, "\(result.output)")
  }

  @Test(
    "code that mixes silos or ids is refused by the compiler",
    arguments: [
      ("_ = Users(region)", "ControlSilo"), ("find(organization)", "Subject.User"),
      ("serve(Int.self)", "conform to 'Silo'"),
      ("try await region.withTransaction { insert(on: $0) }", "ControlSilo"),
      ("_ = try RegionName(\"eu\") as OrganizationSlug", "OrganizationSlug"),
      ("_ = user == organization", "OrganizationID"),
    ])
  func refused(snippet: String, because: String) throws {
    let result = try Self.check(snippet)
    #expect(!result.succeeded)
    #expect(result.output.contains(because), "\(result.output)")
  }

  @Test("at run time a process of one silo refuses what belongs to the other; the monolith holds both")
  func guardAtRuntime() throws {
    #expect(throws: WrongSilo.self) { try SiloGuard(mode: .control).require(RegionSilo.self) }
    #expect(throws: WrongSilo.self) { try SiloGuard(mode: .region).require(ControlSilo.self) }
    try SiloGuard(mode: .control).require(ControlSilo.self)
    try SiloGuard(mode: .monolith).require(ControlSilo.self)
    try SiloGuard(mode: .monolith).require(RegionSilo.self)
  }

  private static func check(_ body: String) throws -> (succeeded: Bool, output: String) {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("atoll-snippet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) } }
    let file = folder.appendingPathComponent("snippet.swift")
    try (prelude + body + "\n}\n").write(to: file, atomically: true, encoding: .utf8)
    let output = folder.appendingPathComponent("output")
    #expect(FileManager.default.createFile(atPath: output.path, contents: nil))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["swiftc", "-typecheck", "-swift-version", "6", "-I", root.appendingPathComponent(".build/debug/Modules").path]
      + ["-Xcc", "-I/usr/include/postgresql"] + (try moduleMaps(root).flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] })
      + [file.path]
    let handle = try FileHandle(forWritingTo: output)
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus == 0, try String(contentsOf: output, encoding: .utf8))
  }

  /// The C modules beneath the built ones.
  private static func moduleMaps(_ root: URL) throws -> [String] {
    let files = FileManager.default
    var maps = ["CZlib", "CLibPQ"].map { root.appendingPathComponent("Sources/\($0)/module.modulemap").path }
    for package in try files.contentsOfDirectory(atPath: root.appendingPathComponent(".build/checkouts").path) {
      let sources = root.appendingPathComponent(".build/checkouts/\(package)/Sources")
      guard files.fileExists(atPath: sources.path) else { continue }
      for target in try files.contentsOfDirectory(atPath: sources.path) {
        maps.append(sources.appendingPathComponent("\(target)/include/module.modulemap").path)
      }
    }
    let built = root.appendingPathComponent(".build/debug")
    for folder in try files.contentsOfDirectory(atPath: built.path) where folder.hasSuffix(".build") {
      maps.append(built.appendingPathComponent("\(folder)/module.modulemap").path)
    }
    return maps.filter { files.fileExists(atPath: $0) }
  }
}
