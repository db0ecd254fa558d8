import Foundation
import Postgres

/// Control and one region in one process of this machine, with a person, as `atoll monolith serve` runs them.
final class Monolith {
  static let password = "correct horse battery staple"
  let port: Int
  var regionPort: Int { port + 1 }
  /// Where a proxy would ask.
  var verifyPort: Int { port + 2 }
  let operatorToken: String
  private let process: Process

  /// - Parameter settings: further variables of the process.
  init(directory: String, server: EmbeddedServer, settings: [String: String] = [:]) async throws {
    port = Int.random(in: 20_000...28_000)
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    var files: [String] = []
    for silo in ["control", "region"] {
      let database = "bench_\(silo)_\(port)"
      try await server.ensureDatabase(database)
      let file = "\(directory)/\(silo).url"
      try "host=\(server.socketDirectory) port=\(server.port) user=postgres dbname=\(database)"
        .write(toFile: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
      files.append(file)
      try Self.run(["migrate", silo, "--database-file", file], log: directory)
    }
    let keys = directory + "/keys"
    try Self.run(["control", "init", "--data", keys, "--database-file", files[0], "--development"], log: directory)
    operatorToken = try String(contentsOfFile: keys + "/operator.token", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    process = try Self.launch(
      [
        "monolith", "serve", "--data", keys, "--database-file", files[0], "--listen", "127.0.0.1:\(port)",
        "--development", "--region", "eu", "--region-data", directory + "/region", "--region-database-file", files[1],
        "--region-listen", "127.0.0.1:\(port + 1)", "--region-public-url", "http://127.0.0.1:\(port + 1)",
      ],
      variables: settings.merging([
        "ATOLL_VERIFY_LISTEN": "127.0.0.1:\(port + 2)", "ATOLL_METRICS_ADDRESS": "off",
      ]) { $1 }, log: directory)
    try await awaitAnswer(of: port, "/ready")
    try await awaitAnswer(of: port + 1, "/ready")
  }

  /// Memory of the process in use now.
  func residentMebibytes() throws -> Double {
    let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) else {
      throw BenchError("the monolith says nothing of its memory")
    }
    return kibibytes / 1024
  }

  func stop() {
    process.interrupt()
    process.waitUntilExit()
  }

  /// A call of control's API; throws for every answer but 2xx.
  func call(_ method: String, _ path: String, token: String, _ body: String? = nil) throws -> [String: Any] {
    let answer = try HTTPConnection(port: port).exchange(
      HTTPConnection.request(method, path, [("authorization", "Bearer \(token)")], body: body))
    guard (200..<300).contains(answer.status) else {
      throw BenchError("\(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
    }
    return try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any] ?? [:]
  }

  /// Accounts whose passwords are all ``password``.
  func people(_ count: Int, hash: String) throws -> [String] {
    let addresses = (0..<count).map { "person\($0)@example.com" }
    let users = addresses.map { "{\"email\":\"\($0)\",\"name\":\"P\",\"password_hash\":\"\(hash)\"}" }
    let answer = try call(
      "POST", "/api/v1/operator/users/import", token: operatorToken, "{\"users\":[\(users.joined(separator: ","))]}")
    let results = answer["results"] as? [[String: Any]] ?? []
    guard results.count == count, results.allSatisfy({ $0["state"] as? String == "created" }) else {
      throw BenchError("the import failed: \(answer)")
    }
    return addresses
  }

  static func login(_ address: String) -> [UInt8] {
    HTTPConnection.request(
      "POST", "/api/v1/login", body: "{\"email\":\"\(address)\",\"password\":\"\(password)\"}")
  }

  func awaitAnswer(
    of port: Int, _ path: String, _ headers: [(String, String)] = []
  ) async throws {
    for _ in 0..<300 {
      do {
        let answer = try HTTPConnection(port: port).exchange(HTTPConnection.request("GET", path, headers))
        if answer.status == 200 { return }
      } catch is BenchError {}
      guard process.isRunning else { throw BenchError("the monolith ended") }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw BenchError("\(path) does not answer 200")
  }

  private static func run(_ arguments: [String], log: String) throws {
    let process = try launch(arguments, log: log)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw BenchError("atoll \(arguments[0]) failed; see \(log)") }
  }

  private static func launch(
    _ arguments: [String], variables: [String: String] = [:], log directory: String
  ) throws -> Process {
    let log = directory + "/atoll.log"
    if !FileManager.default.fileExists(atPath: log) { _ = FileManager.default.createFile(atPath: log, contents: nil) }
    guard let output = FileHandle(forWritingAtPath: log) else { throw BenchError("cannot write \(log)") }
    output.seekToEndOfFile()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("atoll")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("ATOLL_") && !$0.key.hasPrefix("PG")
    }.merging(variables) { $1 }
    process.standardOutput = output
    process.standardError = output
    try process.run()
    return process
  }
}
