import ArgumentParser
import Foundation
import Scale
import SyncProtocol

/// `soak`: many regions against one control plane, with bounds that it must keep.
@main
struct SoakCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soak", abstract: "Run many agents against one control plane and judge what it costs and how it holds."
  )

  @Option(help: "The atoll executable; by default the one beside this program.")
  var atoll: String?

  @Option(help: "Regions, each with an agent.")
  var agents = 1000

  @Option(help: "Parts, with commas: changes, idle, storm, trouble. Nothing runs all.")
  var parts: String?

  @Option(help: "Instead of the parts: so many whole regions refuse somebody who is suspended, alone and under load.")
  var revocation: Int?

  @Option(help: "Seconds of the idle part, and of each measurement of latency.")
  var idleSeconds = 60

  @Option(help: "Seconds of each measurement of latency.")
  var quietSeconds = 20

  @Option(help: "Rounds of the trouble part.")
  var rounds = 2

  @Option(help: "Where to write the figures as JSON.")
  var results: String?

  @Option(help: "A scratch directory that PostgreSQL's unprivileged user can reach.")
  var directory = "/tmp/atoll-soak-\(UUID().uuidString.prefix(8).lowercased())"

  @Flag(help: "Show figures without judging times: for debug builds and busy machines.")
  var lenient = false

  @Flag(help: "Keep the directory.")
  var keep = false

  func run() async throws {
    let chosen = try parts.map { text in
      try text.split(separator: ",").map { name in
        guard let part = Soak.Part(rawValue: String(name)) else { throw ValidationError("there is no part \(name)") }
        return part
      }
    }
    var size = Soak.Size()
    size.agents = agents
    size.idleSeconds = idleSeconds
    size.quietSeconds = quietSeconds
    size.rounds = rounds
    size.judgesTimes = !lenient
    try OpenFiles.raise(to: agents * 4 + 1000)
    let program = atoll ?? Self.beside("atoll")
    let port = Int.random(in: 20_000...29_000)
    let measures =
      if let revocation {
        try await RevocationRun.run(
          atoll: program, directory: directory, port: port, regions: revocation, rounds: 10, judgesTimes: !lenient,
          say: { print($0) })
      } else {
        try await Soak.run(
          atoll: program, directory: directory, port: port, size: size, parts: chosen ?? Soak.Part.allCases,
          settings: ["shared_preload_libraries": "pg_stat_statements"], say: { print($0) })
      }
    if !keep { try FileManager.default.removeItem(atPath: directory) }
    for measure in measures { print(Self.line(measure)) }
    if let results {
      let json: JSONValue = [
        "agents": .integer(agents), "cores": .integer(ProcessInfo.processInfo.activeProcessorCount),
        "measures": .array(measures.map(\.json)),
      ]
      try Data(JSONWriter.write(json) + [0x0A]).write(to: URL(fileURLWithPath: results))
    }
    let missed = measures.filter { !$0.isMet }
    guard missed.isEmpty else {
      print("\(missed.count) bounds are missed")
      throw ExitCode(1)
    }
  }

  private static func beside(_ name: String) -> String {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(name).path
  }

  private static func line(_ measure: Measure) -> String {
    let bound =
      switch measure.bound {
      case .atMost(let limit): "at most \(Measure.text(limit))"
      case .atLeast(let limit): "at least \(Measure.text(limit))"
      case .none: ""
      }
    let value = "\(Measure.text(measure.value)) \(measure.unit)"
    return "\(measure.isMet ? " " : "✘") \(pad(measure.name, 66)) \(pad(value, 18)) \(bound)"
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
