import Foundation
import Logging
import Postgres

/// Whole processes: control and two regions as `atoll dev` starts them, signed HTTP between them. Decoded commits wake control, as the bench commits in
/// another process.
struct ProcessFigures {
  let directory: String
  /// Milliseconds from commit to visible of logical replication in the same run; nil when that was not measured.
  let logicalReplication: [Double]?
  static let changes = 1500

  func run() async throws -> (figures: [Figure], legs: [Leg]) {
    let atoll = try Archipelago(directory: directory + "/dev")
    defer { atoll.stop() }
    try await atoll.awaitReadiness()
    try await Task.sleep(for: .seconds(15))
    let control = try atoll.residentMebibytes(of: "control serve")
    let region = try atoll.residentMebibytes(of: "region serve")
    var figures = [
      Figure("memory: control, two idle regions", ours: control, baseline: 1, unit: "MiB", goal: .atMost(100)),
      Figure("memory: region agent, idle", ours: region, baseline: 1, unit: "MiB", goal: .atMost(60)),
    ]
    try await atoll.publish()
    let (one, legs) = try await delays(atoll, .ownDescriptor)
    let (both, _) = try await delays(atoll, .user)
    if let theirs = logicalReplication {
      for (name, ours) in [("one region", one), ("two regions at once", both)] {
        figures.append(
          Figure(
            "latency: commit to durable, signed HTTP, \(name), p50 / logical replication", ours: ours.median,
            baseline: theirs.median, unit: "ms", goal: .atMost(6)))
        figures.append(
          Figure(
            "latency: commit to durable, signed HTTP, \(name), p99 / logical replication", ours: ours.percentile(0.99),
            baseline: theirs.percentile(0.99), unit: "ms", goal: .atMost(5)))
      }
    }
    figures.append(
      Figure(
        "memory: region agent after \(2 * Self.changes) changes / idle",
        ours: try atoll.residentMebibytes(of: "region serve"), baseline: region, unit: "MiB", goal: .atMost(1.25)))
    return (figures, legs)
  }

  /// What is changed at control and where eu shows it.
  private enum Change {
    /// Only eu holds its descriptor: as many receivers as the subscription of the baseline has.
    case ownDescriptor
    /// The demo user belongs to an organization in each region: both agents fetch it at the same moment, on the same two cores.
    case user

    func statement(_ text: String) -> SQL {
      switch self {
      case .ownDescriptor: "UPDATE control.region SET url = \("http://127.0.0.1/" + text) WHERE name = 'eu'"
      case .user: "UPDATE control.\"user\" SET name = \(text)"
      }
    }

    /// The number in a row that holds it.
    static func number(in values: [String?]) -> Int? {
      for case let value? in values {
        let last = value.split(separator: "/").last ?? ""
        if last.hasPrefix("n"), let number = Int(last.dropFirst()) { return number }
      }
      return nil
    }
  }

  /// Makes the change 150 times a second and hears of it at eu's replica. What is heard may be newer than what was asked for: a pointer asks for a
  /// read, so changes collapse.
  private func delays(_ atoll: Archipelago, _ change: Change) async throws -> (delays: [Double], legs: [Leg]) {
    let source = PostgresClient(configuration: try atoll.database("control"), logger: Logger(label: "bench"))
    defer { source.shutdown() }
    let clock = ContinuousClock()
    let (began, beginning) = AsyncStream.makeStream(of: Void.self)
    let target = try atoll.database("eu", as: "service")
    // On the thread that waits for the socket: the less the watcher costs, the less it disturbs what it measures.
    async let seen = withTaskExecutorPreference(PostgresClient.executor) { try await watch(target, beginning) }
    for await _ in began {}
    let start = clock.now
    let sent = try await withTaskExecutorPreference(PostgresClient.executor) {
      var sent: [(moment: ContinuousClock.Instant, wall: Double)] = []
      for step in 1...Self.changes {
        try await clock.sleep(until: start.advanced(by: .microseconds(step * 6667)))
        try await source.execute(change.statement("n\(step)"))
        sent.append((clock.now, Date().timeIntervalSince1970))
      }
      return sent
    }
    let arrived = try await seen
    let ticks = try await source.query(
      "SELECT extract(epoch FROM created)::float8 FROM outbox.segment ORDER BY created"
    ).decode(Double.self)
    return (
      zip(sent, arrived).map { max(0, $0.moment.duration(to: $1.moment).inSeconds * 1000) },
      Self.legs(sent.map(\.wall), ticks, arrived)
    )
  }

  /// A change that was heard to be durable at the region: when, by which clock, and when its COMMIT began, by the database's clock.
  private struct Arrival {
    let moment: ContinuousClock.Instant
    let wall: Double
    let committed: Double
  }

  /// All clocks are this machine's.
  private static func legs(_ sent: [Double], _ ticks: [Double], _ arrived: [Arrival]) -> [Leg] {
    var parts: [[Double]] = [[], [], []]
    var next = 0
    for (start, arrival) in zip(sent, arrived) {
      // The tick's snapshot may be older than the return of the commit that it sees.
      while next < ticks.count, ticks[next] < start - 0.0005 { next += 1 }
      guard next < ticks.count, arrival.committed >= ticks[next] else { continue }
      parts[0].append(max(0, ticks[next] - start) * 1e6)
      parts[1].append((arrival.committed - ticks[next]) * 1e6)
      parts[2].append(max(0, arrival.wall - arrival.committed) * 1e6)
    }
    let names = [
      "commit -> tick begins (wake-up)",
      "tick begins -> COMMIT at the region (tick, wake, read, seal, HTTP, verify, rows)",
      "COMMIT at the region -> heard to be durable",
    ]
    return zip(names, parts).map { Leg("processes: " + $0, microseconds: $1.median) }
  }

  private func watch(
    _ target: PostgresConfiguration, _ beginning: AsyncStream<Void>.Continuation
  ) async throws -> [Arrival] {
    defer { beginning.finish() }
    var seen: [Arrival] = []
    try await CommitWatch(target, publication: Archipelago.publication).follow(within: .seconds(60)) {
      beginning.finish()
    } row: { row in
      let arrival = Arrival(
        moment: row.moment, wall: Date().timeIntervalSince1970, committed: row.committed)
      let last = Change.number(in: row.values) ?? 0
      while seen.count < last { seen.append(arrival) }
      return seen.count < Self.changes
    }
    return seen
  }
}

/// `atoll dev` as a child process.
final class Archipelago {
  private let process = Process()
  private let directory: String
  private let log: String

  init(directory: String) throws {
    self.directory = directory
    log = directory + ".log"
    guard FileManager.default.createFile(atPath: log, contents: nil) else { throw BenchError("cannot write \(log)") }
    let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    process.executableURL = beside.appendingPathComponent("atoll")
    process.arguments = ["dev", "--data", directory, "--no-tty"]
    process.environment = ProcessInfo.processInfo.environment.merging(["ATOLL_DOORBELL": "decoding"]) { $1 }
    let output = FileHandle(forWritingAtPath: log)
    process.standardOutput = output
    process.standardError = output
    try process.run()
  }

  func awaitReadiness() async throws {
    for _ in 0..<600 {
      let text = try String(contentsOfFile: log, encoding: .utf8)
      if text.contains("organization acme-eu") { return }
      guard process.isRunning else { throw BenchError("atoll dev ended: \(text)") }
      try await Task.sleep(for: .milliseconds(200))
    }
    throw BenchError("atoll dev does not get ready")
  }

  /// The largest resident set of the processes whose command line has these words.
  func residentMebibytes(of words: String) throws -> Double {
    var largest = 0.0
    for id in try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap(Int.init) {
      guard let raw = FileManager.default.contents(atPath: "/proc/\(id)/cmdline"),
        let status = FileManager.default.contents(atPath: "/proc/\(id)/status")
      else { continue }
      let command = String(decoding: raw, as: UTF8.self).replacingOccurrences(of: "\0", with: " ")
      guard command.contains(words), command.contains(directory) else { continue }
      let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmRSS") }
      let kibibytes = line.flatMap { Double($0.filter(\.isNumber)) } ?? 0
      largest = max(largest, kibibytes / 1024)
    }
    guard largest > 0 else { throw BenchError("no process runs \(words)") }
    return largest
  }

  /// What eu's replica tells of.
  static let publication = "bench_watched"

  /// Publishes what ``CommitWatch`` looks at.
  func publish() async throws {
    let owner = PostgresClient(configuration: try database("eu"), logger: Logger(label: "bench"))
    defer { owner.shutdown() }
    try await owner.withConnection {
      try await $0.runScript("CREATE PUBLICATION \(Self.publication) FOR TABLE replica.region, replica.\"user\"")
    }
  }

  /// A login's way into a silo's database: the owner's, or that of the service, which may replicate.
  func database(_ silo: String, as login: String = "owner") throws -> PostgresConfiguration {
    let url = try String(contentsOfFile: "\(directory)/\(silo)/\(login).url", encoding: .utf8)
    return try PostgresConfiguration(connectionString: url.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  func stop() {
    process.interrupt()
    process.waitUntilExit()
  }
}
