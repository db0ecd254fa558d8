import Foundation

/// The directory's map and claims of slugs against baselines: `atoll measure directory` beside this program does both in turn in one process.
struct DirectoryFigures {
  private struct Answer: Decodable {
    let claims_per_second: Double
    let inserts_per_second: Double
    let resident_bytes: Double
    let slug_ns: Double
    let slug_bare_ns: Double
    let key_ns: Double
    let key_bare_ns: Double
  }

  func run() throws -> [Figure] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("atoll")
    process.arguments = ["measure", "directory", "--json", "--log-level", "error"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw BenchError("atoll measure directory failed") }
    let answer = try JSONDecoder().decode(Answer.self, from: text)
    return [
      Figure(
        "slug to region / bare dictionary look-up", ours: answer.slug_ns, baseline: answer.slug_bare_ns, unit: "ns",
        goal: .atMost(5)),
      Figure(
        "project key to region / bare dictionary look-up", ours: answer.key_ns, baseline: answer.key_bare_ns,
        unit: "ns", goal: .atMost(5)),
      Figure(
        "memory: 1 million organizations, 3 million project keys", ours: answer.resident_bytes / 1_048_576, baseline: 1,
        unit: "MiB", goal: .atMost(600)),
      Figure(
        "slug claims, 50 clients / bare inserts into a unique index", ours: answer.claims_per_second,
        baseline: answer.inserts_per_second, unit: "1/s", goal: .atLeast(0.4)),
    ]
  }
}
