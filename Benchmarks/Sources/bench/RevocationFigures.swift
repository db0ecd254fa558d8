import Foundation

/// How soon fifty connected regions refuse somebody who was suspended, while other rows saturate the main lane: `soak --revocation 50`, a program of the
/// project's own package, which may use a region's server in this process.
struct RevocationFigures {
  let directory: String
  static let regions = 50

  func run() async throws -> [Figure] {
    let results = directory + "/revocation.json"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("soak")
    process.arguments = ["--revocation", "\(Self.regions)", "--lenient", "--results", results]
    process.standardOutput = FileHandle.standardError
    try process.run()
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      DispatchQueue.global().async {
        process.waitUntilExit()
        continuation.resume()
      }
    }
    guard process.terminationStatus == 0, let data = FileManager.default.contents(atPath: results),
      let document = try JSONSerialization.jsonObject(with: data) as? [String: Any],
      let measures = document["measures"] as? [[String: Any]]
    else { throw BenchError("soak --revocation failed") }
    func value(_ name: String) throws -> Double {
      guard let text = measures.first(where: { $0["name"] as? String == name })?["value"] as? String,
        let value = Double(text)
      else { throw BenchError("soak says nothing of \(name)") }
      return value
    }
    let quiet = try value("revocation, quiet, p99")
    let busy = try value("revocation, main lane saturated, p99")
    return [
      Figure(
        "revocation refused in each of \(Self.regions) regions, main lane saturated, p99", ours: busy, baseline: quiet,
        unit: "ms", value: busy, goal: .atMost(1000))
    ]
  }
}
