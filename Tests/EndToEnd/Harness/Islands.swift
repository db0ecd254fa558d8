import FoundationEssentials
import Glibc
import Logging
import Postgres
import SyncProtocol

@testable import atoll

/// An archipelago of real processes for one test: control and regions, each over a private PostgreSQL.
struct Islands: Sendable {
  let archipelago: Archipelago
  var layout: ArchipelagoLayout { archipelago.layout }
  var control: SiloFolder { layout.control }

  /// Starts everything, runs `body`, stops everything and removes the data. Of a test that threw everything is kept, and where is printed.
  ///
  /// - Parameter configure: changes the layout, such as the databases' settings, before anything starts.
  static func run(
    regions: [String] = ["us", "eu"], monolith: Bool = false, configure: (inout ArchipelagoLayout) -> Void = { _ in },
    _ body: (Islands) async throws -> Void
  ) async throws {
    let root = try temporaryDirectory()
    var layout = ArchipelagoLayout(root: root, basePort: try freePorts(regions.count + 1), regions: regions)
    layout.isMonolith = monolith
    layout.databaseSettings = ["fsync": "off", "shared_buffers": "32MB"]
    configure(&layout)
    let archipelago = try Archipelago(
      layout: layout, executable: try binary(), environment: ProcessInfo.processInfo.environment,
      logger: Logger(label: "end-to-end") { _ in SwiftLogNoOpLogHandler() })
    let islands = Islands(archipelago: archipelago)
    do {
      for folder in layout.folders { try await archipelago.startDatabase(folder) }
      try await archipelago.initializeControl()
      try await archipelago.start(layout.control)
      for region in layout.regions {
        try await archipelago.join(region)
        try await archipelago.start(region)
      }
      try await body(islands)
    } catch {
      await archipelago.stop()
      Console.note("kept for a look: \(root)")
      throw error
    }
    await archipelago.stop()
    try FileManager.default.removeItem(atPath: root)
  }

  func region(_ name: String) throws -> SiloFolder {
    guard let folder = layout.regions.first(where: { $0.name == name }) else { throw MissingRegion(name: name) }
    return folder
  }

  struct MissingRegion: Error { let name: String }

  /// A client of a silo's database as its owner, for what no API shows.
  @discardableResult
  func withDatabase<Result>(
    of folder: SiloFolder, _ body: (PostgresClient) async throws -> Result
  ) async throws -> Result {
    let url = try SecretFile(path: folder.connectionFile(.owner)).text(maximumBytes: 1024)
    var configuration = try PostgresConfiguration(connectionString: url)
    if configuration.hosts.count > 1 { configuration.targetSession = .readWrite }
    let client = PostgresClient(
      configuration: configuration,
      logger: Logger(label: "end-to-end") { _ in SwiftLogNoOpLogHandler() })
    defer { client.shutdown() }
    return try await body(client)
  }

  /// The one number that a query gives.
  func count(in folder: SiloFolder, _ query: SQL) async throws -> Int64 {
    try await withDatabase(of: folder) { try await $0.query(query).only().decode(Int64.self) }
  }

  /// A client of a silo's server as the superuser `postgres`, in any database of it.
  @discardableResult
  func withSuperuser<Result>(
    of folder: SiloFolder, database: String = "postgres", _ body: (PostgresClient) async throws -> Result
  ) async throws -> Result {
    guard let server = archipelago.server(of: folder) else { throw MissingRegion(name: folder.name) }
    let client = PostgresClient(
      configuration: server.configuration(database: database),
      logger: Logger(label: "end-to-end") { _ in SwiftLogNoOpLogHandler() })
    defer { client.shutdown() }
    return try await body(client)
  }

  /// Lets a silo's server reach its database through another port on loopback, such as a proxy's, and restarts it.
  func reroute(_ folder: SiloFolder, through port: Int) async throws {
    guard let server = archipelago.server(of: folder) else { throw MissingRegion(name: folder.name) }
    let file = SecretFile(path: folder.connectionFile(.service))
    let url = try file.text(maximumBytes: 1024)
    unlinkQuietly(file.path)
    try file.write(Array((url.replacing(":\(server.port)/", with: ":\(port)/") + "\n").utf8))
    await archipelago.process(of: folder)?.stop()
    try await archipelago.start(folder)
  }

  /// Ends a silo's process as kill -9 does and starts it again.
  func crashAndRestart(_ folder: SiloFolder) async throws {
    await archipelago.process(of: folder)?.crash()
    try await archipelago.start(folder)
  }

  /// Whether a fault has struck. Some strike a moment after the work that leads to them was answered.
  func hasDied(_ folder: SiloFolder, within patience: Duration = .seconds(3)) async -> Bool {
    do {
      try await eventually("\(folder.name) died", within: patience) {
        archipelago.process(of: folder)?.end == "signal 9"
      }
      return true
    } catch { return false }
  }

  /// Ends a silo's process and starts it with a fault. It may strike before the server is ready.
  func arm(_ folder: SiloFolder, fault: String) async throws {
    await archipelago.process(of: folder)?.crash()
    try await archipelago.start(folder, variables: ["ATOLL_FAULT": fault], awaitReady: false)
    let client = JSONClient(base: layout.url(of: folder))
    try await eventually("\(folder.name) with \(fault) is up or dead") {
      if archipelago.process(of: folder)?.end != nil { return true }
      return await client.isReady()
    }
  }

  static func binary() throws -> String {
    if let given = ProcessInfo.processInfo.environment["ATOLL_BINARY"] { return given }
    let bundle = try OwnExecutable.path()
    guard let slash = bundle.lastIndex(of: "/") else { return "atoll" }
    return bundle[..<slash] + "/atoll"
  }

  /// Under /tmp, so that PostgreSQL's unprivileged user can reach it.
  static func temporaryDirectory() throws -> String {
    let path = "/tmp/atoll-e2e-\(UUID().uuidString.prefix(8).lowercased())"
    try DataDirectory.create(path, mode: 0o755)
    return path
  }

  /// The first of so many neighbouring ports that are free now.
  static func freePorts(_ count: Int) throws -> Int {
    for _ in 0..<200 {
      let base = Int.random(in: 20_000...29_000)
      if (base..<base + count).allSatisfy(isFree) { return base }
    }
    throw NoFreePorts()
  }

  struct NoFreePorts: Error {}

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
