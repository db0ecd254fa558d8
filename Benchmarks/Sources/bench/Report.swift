import Foundation

/// All figures of a run, as a table and as `results.json`.
struct Report {
  var figures: [Figure] = []
  /// Where the time goes; no goals.
  var legs: [Leg] = []

  static let header = line("figure", "ours", "baseline", "value", "goal", "met")

  static func line(_ figure: Figure) -> String {
    line(
      figure.name, number(figure.ours) + " " + figure.unit, number(figure.baseline), number(figure.value),
      figure.goal.text, figure.isMet ? "yes" : "NO")
  }

  static func line(_ leg: Leg) -> String { "  leg: \(leg.name): \(Int(leg.microseconds)) us" }

  private static func line(_ cells: String...) -> String {
    zip(cells, [58, 22, 14, 10, 10, 4]).map { $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0) }
      .joined(separator: " ")
  }

  private static func number(_ value: Double) -> String {
    abs(value) >= 1000 ? String(format: "%.0f", value) : String(format: "%.3g", value)
  }

  func write(to path: String) throws {
    let results: [[String: Any]] = figures.map { figure in
      [
        "name": figure.name, "ours": figure.ours, "baseline": figure.baseline, "unit": figure.unit,
        "ratio": figure.value, "goal": figure.goal.text, "met": figure.isMet,
      ]
    }
    let document: [String: Any] = [
      "machine": Machine.description, "figures": results,
      "legs": legs.map { ["name": $0.name, "microseconds": $0.microseconds] as [String: Any] },
    ]
    let data = try JSONSerialization.data(withJSONObject: document, options: [.prettyPrinted, .sortedKeys])
    try data.write(to: URL(fileURLWithPath: path))
  }
}

enum Machine {
  static var description: String {
    let cpus = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let model = cpus.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last ?? "cpu"
    let cores = ProcessInfo.processInfo.activeProcessorCount
    return "\(cores) cores\(model), \(ProcessInfo.processInfo.physicalMemory >> 30) GiB"
  }
}
