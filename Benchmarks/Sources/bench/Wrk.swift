import Foundation

/// The load generator wrk.
enum Wrk {
  struct Result: Sendable {
    /// Requests a second.
    let rate: Double
    /// Milliseconds.
    let p99: Double
  }

  /// - Throws: ``BenchError`` when wrk is missing or any answer was not 2xx.
  static func run(_ url: String, connections: Int, seconds: Int, bodyBytes: Int? = nil) async throws -> Result {
    var arguments = ["-t1", "-c\(connections)", "-d\(seconds)s", "--latency", "--timeout", "30s"]
    if let bodyBytes {
      let script = FileManager.default.temporaryDirectory.appendingPathComponent("atoll-upload-\(bodyBytes).lua")
      let lines = [
        "wrk.method = 'POST'", "wrk.body = string.rep('a', \(bodyBytes))",
        "wrk.headers['Content-Type'] = 'application/octet-stream'",
      ]
      try lines.joined(separator: "\n").write(to: script, atomically: true, encoding: .utf8)
      arguments += ["-s", script.path]
    }
    return try await measured(arguments + [url])
  }

  private static func measured(_ arguments: [String]) async throws -> Result {
    let text = try await CaptureFigures.offPool { try output(arguments) }
    guard let rate = number(after: "Requests/sec:", in: text), let p99 = number(after: " 99%", in: text) else {
      throw BenchError("wrk says: \(text)")
    }
    guard !text.contains("Non-2xx") else { throw BenchError("not every answer was good: \(text)") }
    return Result(rate: rate, p99: p99)
  }

  /// Asks for one path after the other.
  static func run(_ url: String, paths: [String], connections: Int, seconds: Int) async throws -> Result {
    let script = FileManager.default.temporaryDirectory.appendingPathComponent("atoll-paths-\(paths.count).lua")
    let list = paths.map { "wrk.format('GET', '\($0)')" }.joined(separator: ", ")
    // wrk calls `init` from `wrk.init`, when the fields of every request are known: to call that one here would never end.
    let lines = [
      "init = function() requests = { \(list) }; next_request = 0 end",
      "request = function() next_request = next_request % #requests + 1; return requests[next_request] end",
    ]
    try lines.joined(separator: "\n").write(to: script, atomically: true, encoding: .utf8)
    return try await measured(
      ["-t1", "-c\(connections)", "-d\(seconds)s", "--latency", "--timeout", "30s", "-s", script.path, url])
  }

  private static let program = URL(fileURLWithPath: "/usr/bin/wrk")
  private static let missing = BenchError("wrk is missing: apt-get install wrk")

  private static func output(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    do { try process.run() } catch { throw missing }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  /// A number with its unit of time, in milliseconds; a bare number as it is.
  private static func number(after label: String, in text: String) -> Double? {
    guard let range = text.firstRange(of: label) else { return nil }
    let word = text[range.upperBound...].drop { $0 == " " || $0 == "\t" }.prefix { !$0.isWhitespace }
    let digits = word.prefix { $0.isNumber || $0 == "." }
    guard let value = Double(digits) else { return nil }
    switch word.dropFirst(digits.count) {
    case "us": return value / 1000
    case "s": return value * 1000
    case "m": return value * 60_000
    default: return value
    }
  }
}
