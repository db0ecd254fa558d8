import FoundationEssentials
import Foundation
import Logging
import Postgres
import SyncProtocol

/// One real control plane: `atoll control serve` as a process of its own over a private PostgreSQL.
final class ControlProcess {
  struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  let url: String
  let server: EmbeddedServer
  /// A superuser's way into control's database, for what no API shows.
  let database: PostgresClient
  private let atoll: String
  private let directory: String
  private let port: Int
  private var process: Process?

  /// Makes everything anew in `directory`, which must be reachable for PostgreSQL's unprivileged user.
  init(atoll: String, directory: String, port: Int, settings: [String: String]) async throws {
    self.atoll = atoll
    self.directory = directory
    self.port = port
    url = "http://127.0.0.1:\(port)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    var options = EmbeddedServer.Options(authentication: .trust)
    options.settings = settings
    server = try await EmbeddedServer.start(directory: directory + "/postgres", options: options)
    try await server.ensureDatabase("atoll")
    database = PostgresClient(
      configuration: server.configuration(database: "atoll"),
      logger: Logger(label: "scale") { _ in SwiftLogNoOpLogHandler() })
    try "host=\(server.socketDirectory) port=\(server.port) user=postgres dbname=atoll"
      .write(toFile: connectionFile, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: connectionFile)
    try run(["migrate", "control", "--database-file", connectionFile])
    try run(["control", "init", "--data", keys, "--database-file", connectionFile, "--development"])
  }

  private var connectionFile: String { directory + "/connection" }
  private var keys: String { directory + "/keys" }
  /// The folder of its mail.
  var mail: String { keys + "/mail" }
  var log: String { directory + "/control.log" }

  func operatorToken() throws -> String { try secret("operator.token") }
  func pin() throws -> String { try secret("root.pin") }

  private func secret(_ name: String) throws -> String {
    try String(contentsOfFile: "\(keys)/\(name)", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Brings a database of the same server up to a region's schema.
  func migrateRegion(database: String) throws {
    let file = directory + "/region-connection"
    try "host=\(server.socketDirectory) port=\(server.port) user=postgres dbname=\(database)"
      .write(toFile: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    try run(["migrate", "region", "--database-file", file])
  }

  /// The process that serves; 0 when none does.
  var processID: Int32 { process.map { $0.isRunning ? $0.processIdentifier : 0 } ?? 0 }

  /// Starts the server and waits until it is ready.
  func start() async throws {
    let process = try launch([
      "control", "serve", "--data", keys, "--database-file", connectionFile, "--listen", "127.0.0.1:\(port)",
      "--development",
    ])
    self.process = process
    let client = OperatorClient(url: url, token: "")
    for _ in 0..<600 {
      guard process.isRunning else { throw Failure(description: "control ended; see \(log)") }
      if await client.isReady() { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw Failure(description: "control is not ready; see \(log)")
  }

  /// Ends the server as a crash would.
  func kill() {
    guard let process else { return }
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    self.process = nil
  }

  /// Stops everything.
  func stop() async {
    kill()
    database.shutdown()
    await server.stop()
  }

  private func run(_ arguments: [String]) throws {
    let process = try launch(arguments)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(description: "atoll \(arguments.prefix(2).joined(separator: " ")) failed; see \(log)")
    }
  }

  private func launch(_ arguments: [String]) throws -> Process {
    if !FileManager.default.fileExists(atPath: log) { _ = FileManager.default.createFile(atPath: log, contents: nil) }
    guard let output = FileHandle(forWritingAtPath: log) else { throw Failure(description: "cannot write \(log)") }
    output.seekToEndOfFile()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: atoll)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("ATOLL_") && !$0.key.hasPrefix("PG")
    }
    process.standardOutput = output
    process.standardError = output
    try process.run()
    return process
  }
}
