import Foundation
import Postgres

/// Runs `pgbench` against a server and reads its result.
struct PgBench {
  let server: EmbeddedServer
  let database: String
  static let binaries = "/usr/lib/postgresql/15/bin"

  struct Result {
    let transactionsPerSecond: Double
    let transactions: Double
  }

  /// Fills the standard tables at this scale.
  func initialize(scale: Int) throws { _ = try run(["-i", "-q", "-s", String(scale)]) }

  /// Runs a number of transactions on each client and returns the rate without connection times.
  ///
  /// A count and not a time: pgbench ends a timed run by a signal, which the threads that start processes here have blocked.
  func measure(_ arguments: [String], clients: Int, each: Int, script: String? = nil) throws -> Result {
    var arguments = arguments + ["-n", "-M", "prepared", "-c", String(clients), "-j", "2", "-t", String(each)]
    var file: URL?
    if let script {
      let path = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString).sql")
      try script.write(to: path, atomically: true, encoding: .utf8)
      arguments += ["-f", path.path]
      file = path
    }
    defer { if let file { try? FileManager.default.removeItem(at: file) } }
    let output = try run(arguments)
    guard let rate = Self.number(after: "tps = ", in: output),
      let count = Self.number(after: "number of transactions actually processed: ", in: output)
    else { throw BenchError("pgbench said nothing: \(output)") }
    return Result(transactionsPerSecond: rate, transactions: count)
  }

  private func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.binaries + "/pgbench")
    process.arguments =
      ["-h", server.socketDirectory, "-p", String(server.port), "-U", "postgres"] + arguments + [database]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self)
    guard process.terminationStatus == 0 else { throw BenchError("pgbench failed: \(text)") }
    return text
  }

  private static func number(after label: String, in text: String) -> Double? {
    guard let range = text.range(of: label) else { return nil }
    return Double(text[range.upperBound...].prefix { $0.isNumber || $0 == "." })
  }
}

struct BenchError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
