import FoundationEssentials
import Glibc
public import Postgres
import Logging
import Synchronization

/// The one PostgreSQL server of a test process.
///
/// Started by the first test that wants a database, without durability, in a directory under `/tmp` that is removed at exit; what
/// crashed runs left behind is removed at the start.
public struct PostgresTestServer: Sendable {
  public static let shared = PostgresTestServer()

  /// Test databases open at once; a test that opens several counts once.
  private static let maximumTests = 12

  private let started = OnceCell<EmbeddedServer>()
  private let admin = OnceCell<PostgresClient>()
  private let templates = Templates()
  let permits = Permits(count: Self.maximumTests)

  private init() {}

  /// The running server.
  public func server() async throws -> EmbeddedServer {
    try await started.value {
      Self.removeLeftovers()
      let directory = "\(Self.prefix)\(getpid())"
      LeftBehind.directory.withLock { $0 = directory }
      atexit { LeftBehind.remove() }
      let server = try await EmbeddedServer.start(
        directory: directory,
        options: EmbeddedServer.Options(
          authentication: .trust,
          settings: [
            "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
            "max_connections": "600", "shared_buffers": "64MB", "wal_level": "logical", "max_wal_size": "4GB",
          ]))
      LeftBehind.processID.withLock { $0 = server.processID }
      return server
    }
  }

  /// A client of the database `postgres`, for what tests do to the server itself.
  public func administrator() async throws -> PostgresClient {
    let configuration = try await server().configuration()
    return try await admin.value {
      PostgresClient(
        configuration: configuration, pool: PoolLimits(maximumConnections: 8, waitTimeout: .seconds(120)),
        logger: Logger(label: "test.administrator"))
    }
  }

  /// The configuration of a new database with the migrations applied, copied from a template that was migrated once.
  func createDatabase(_ migrators: [Migrator]) async throws -> PostgresConfiguration {
    let administrator = try await administrator()
    let template = try await template(migrators, administrator)
    let name = "test_\(Self.unique())"
    try await administrator.execute("CREATE DATABASE \(identifier: name) TEMPLATE \(identifier: template)")
    return try await server().configuration(database: name)
  }

  func dropDatabase(_ configuration: PostgresConfiguration) async throws {
    // FORCE ends sessions, but not streams of a logical slot, which may outlive their client for a moment.
    try await administrator().execute(
      "SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots WHERE database = \(configuration.database)"
    )
    try await administrator().execute("DROP DATABASE \(identifier: configuration.database) WITH (FORCE)")
  }

  private func template(_ migrators: [Migrator], _ administrator: PostgresClient) async throws -> String {
    guard !migrators.isEmpty else { return "template0" }
    let server = try await server()
    return try await templates.cell(for: migrators).value {
      let name = "template_\(Self.unique())"
      try await administrator.execute("CREATE DATABASE \(identifier: name) TEMPLATE template0")
      let client = PostgresClient(
        configuration: server.configuration(database: name), pool: PoolLimits(maximumConnections: 1),
        logger: Logger(label: "test.template"))
      for migrator in migrators { try await migrator.migrate(client) }
      client.shutdown()
      // The migrating session may still be ending; a template must have no sessions.
      try await administrator.execute("ALTER DATABASE \(identifier: name) ALLOW_CONNECTIONS false")
      try await administrator.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = \(name)")
      return name
    }
  }

  private static func unique() -> String {
    String(UUID().uuidString.lowercased().filter { $0 != "-" })
  }

  private static let prefix = "/tmp/atoll-test-"

  /// Removes the directories of processes that are gone; their servers ended with them.
  private static func removeLeftovers() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? []
    for name in names where name.hasPrefix("atoll-test-") {
      guard let owner = Int32(name.dropFirst("atoll-test-".count)), kill(owner, 0) != 0 else { continue }
      LeftBehind.removeDirectory("/tmp/" + name)
    }
  }
}

/// What has to go when the process exits.
private enum LeftBehind {
  static let directory = Mutex<String?>(nil)
  static let processID = Mutex<Int32?>(nil)

  static func remove() {
    if let processID = processID.withLock({ $0 }) {
      // Nobody needs the data: end at once. The reaping thread still runs during exit handlers.
      _ = kill(processID, SIGQUIT)
      for _ in 0..<300 where kill(processID, 0) == 0 { usleep(10_000) }
    }
    if let directory = directory.withLock({ $0 }) { removeDirectory(directory) }
  }

  static func removeDirectory(_ path: String) {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      print("cannot remove \(path): \(error)")
    }
  }
}
