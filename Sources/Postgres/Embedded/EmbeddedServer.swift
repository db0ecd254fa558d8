import FoundationEssentials
import Glibc
import Synchronization

/// A private PostgreSQL server in a directory of its own.
///
/// The directory holds `pgdata`, `server.log`, `password` and `port`. Started again on the same directory the server has its data, its
/// password and, if it is free, its port. It listens on loopback and on a Unix socket. Run by root it switches to an unprivileged user.
/// It ends when the process that started it ends.
public final class EmbeddedServer: Sendable {
  /// The directory given at the start.
  public let directory: String
  /// The port on loopback.
  public let port: Int
  /// The directory of the Unix socket.
  public let socketDirectory: String
  /// The server's own process.
  public var processID: Int32 { process.processID }

  private let password: String?
  private let process: ChildProcess
  private let layout: ServerLayout
  /// Length of the log when this server was started: what follows is its own.
  private let logStart: Int

  /// Prepares the directory when it is new, and starts the server.
  ///
  /// - Parameter directory: an absolute path that the unprivileged user can reach.
  /// - Throws: ``PostgresError`` with code `.embeddedServer`; its first line says what to do, the last lines of the server's log follow. When a full
  ///   disk keeps the server from starting, its `sqlState` is `.diskFull`.
  public static func start(directory: String, options: Options = Options()) async throws -> EmbeddedServer {
    let layout = try ServerLayout(directory: directory, options: options)
    try await layout.prepare()
    try await layout.stopLeftover()
    let port = try layout.choosePort()
    let logStart = layout.logLength
    let process = try await layout.launch(port: port)
    let server = EmbeddedServer(layout, port, process, logStart)
    do {
      try await server.awaitReadiness()
    } catch {
      await server.stop()
      throw error
    }
    return server
  }

  private init(_ layout: ServerLayout, _ port: Int, _ process: ChildProcess, _ logStart: Int) {
    directory = layout.directory
    self.port = port
    socketDirectory = layout.socketDirectory
    password = layout.password
    self.process = process
    self.layout = layout
    self.logStart = logStart
  }

  /// How to reach a database of this server through its Unix socket, as the superuser `postgres`.
  public func configuration(database: String = "postgres") -> PostgresConfiguration {
    configuration(.init(socketDirectory, port: port), database)
  }

  /// How to reach a database of this server over loopback, as the superuser `postgres`.
  public func loopbackConfiguration(database: String = "postgres") -> PostgresConfiguration {
    configuration(.init("127.0.0.1", port: port), database)
  }

  private func configuration(_ host: PostgresConfiguration.Host, _ database: String) -> PostgresConfiguration {
    PostgresConfiguration(hosts: [host], user: "postgres", password: password, database: database, tls: .disabled)
  }

  /// Whether the server's process is there.
  public var isRunning: Bool { !process.hasExited }

  /// Why the server is not running, as far as its log tells; nil while it runs.
  public var failure: PostgresError? {
    isRunning ? nil : layout.endOfServer(since: logStart, reason: "ended by itself")
  }

  /// Ends the server in order: sessions are cut, everything is written.
  public func stop() async {
    process.signal(SIGINT)
    let deadline = ContinuousClock.now.advanced(by: layout.options.patience)
    let timer = Poller.shared.schedule(at: deadline) { [process] in process.signal(SIGKILL) }
    _ = await process.exitStatus()
    Poller.shared.unschedule(timer)
  }

  /// Ends the server at once without writing anything, as a crash would: the next start recovers from the log.
  public func crash() async {
    process.signal(SIGQUIT)
    _ = await process.exitStatus()
  }

  /// Creates a database unless it exists.
  public func ensureDatabase(_ name: String) async throws {
    let session = try await Session.open(configuration())
    let connection = PostgresConnection(session)
    defer { connection.end() }
    let found = try await connection.query("SELECT 1 FROM pg_database WHERE datname = \(name)")
    if found.isEmpty { try await connection.execute("CREATE DATABASE \(identifier: name)") }
  }

  private func awaitReadiness() async throws {
    let deadline = ContinuousClock.now.advanced(by: layout.options.patience)
    var configuration = configuration()
    configuration.timeouts.connect = .seconds(2)
    while true {
      do {
        _ = try await Session.open(configuration)
        return
      } catch let error as PostgresError {
        guard !process.hasExited, ContinuousClock.now < deadline else {
          throw layout.endOfServer(since: logStart, reason: "does not accept connections (\(error.message))")
        }
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }
}
