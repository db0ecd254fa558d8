import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll diff region NAME`: row by row what differs between control and a region, and why. Control asks the region's agent at its next pull.
struct DiffRegionCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "region", abstract: "Say row by row what differs between control and a region.",
    discussion: """
      Exit code 0: nothing differs, or everything was mended. 1: rows differ. Rows in flight and explained ones (QUARANTINED) are shown and do \
      not count. 69: the region's agent does not come.
      """)

  /// Seconds without a sign of the agent after which it counts as offline.
  private static let silence: Int64 = 45

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Name of the region.")
  var name: String

  @Option(name: .long, help: "Only this kind of row; may be repeated.")
  var kind: [String] = []

  @Flag(name: .long, help: "Have rows that differ sent again by their owner.")
  var repair = false

  @Option(name: .long, help: "Seconds to wait for the result.")
  var timeout: Int = 120

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let client = try operation.client(settings)
    let body: JSONValue = ["kinds": .array(kind.map { .string($0) }), "repair": .bool(repair)]
    let path = "/api/v1/operator/regions/\(try pathSegment(name))/comparisons"
    let id = try await client.call(.POST, path, body).field("id").string(bytes: 36...36)
    let deadline = ContinuousClock.now + .seconds(timeout)
    while true {
      let answer = try await client.call(.GET, "/api/v1/operator/comparisons/\(id)")
      let state = try answer.field("state").string()
      if state != "waiting", state != "running" {
        Console.print(CommandResult(answer.value, lines: try lines(answer)), json: common.json)
        if try isDifferent(answer) { throw ExitCode(1) }
        return nil
      }
      try refuseSilence(answer, state)
      guard .now < deadline else {
        throw CommandFailure(
          .temporary, "the comparison with \(name) is not done after \(timeout) s",
          advice: "run the same command again: it goes on, and the result is kept")
      }
      try await Task.sleep(for: .milliseconds(300))
    }
  }

  /// - Throws: ``CommandFailure`` when the agent cannot have seen the question.
  private func refuseSilence(_ answer: JSONReader, _ state: String) throws {
    let waited = try answer.field("waiting_seconds").integer(in: 0...Int64.max)
    guard let seen = try answer.optional("seen_seconds_ago")?.integer(in: 0...Int64.max) else {
      throw CommandFailure(
        .unavailable, "the agent of \(name) never connected", advice: "start it, then run the same command again")
    }
    if seen > Self.silence {
      throw CommandFailure(
        .unavailable, "region \(name) is offline, last seen \(seen) s ago",
        advice: "the comparison begins when its agent comes back; run the same command then")
    }
    if state == "waiting", waited > Self.silence {
      throw CommandFailure(
        .unavailable, "the agent of \(name) is connected and does not answer comparisons",
        advice: "upgrade it to the version of control")
    }
  }

  private func isDifferent(_ answer: JSONReader) throws -> Bool {
    if try answer.field("state").string() != "complete" { return true }
    return try answer.field("rows").array(maximum: 10_000).contains { row in
      let code = try row.field("difference").string()
      let isExplained = code == "IN_FLIGHT" || code == "QUARANTINED"
      return try !isExplained && !row.field("mended").bool()
    }
  }

  private func lines(_ answer: JSONReader) throws -> [String] {
    let rows = try answer.field("rows").array(maximum: 10_000).map { row in
      let details = try row.field("details").array(maximum: 256).map { try $0.string() }
      let code = try row.field("difference").string()
      return [
        try row.field("direction").string(), try row.field("kind").string(), try row.field("key").string(),
        details.isEmpty ? code : "\(code)(\(details.joined(separator: ",")))",
        try row.field("mended").bool() ? "mended" : "",
        try row.optional("owned_version")?.string() ?? "-", try row.optional("held_version")?.string() ?? "-",
      ]
    }
    let compared = try answer.field("compared").count()
    let state = try answer.field("state").string()
    let end = state == "complete" ? "" : " The comparison ended early (\(state)): there is more."
    let total = "\(compared) rows compared with \(name), \(rows.count) shown.\(end)"
    guard !rows.isEmpty else { return [total] }
    return TextTable.lines(["WAY", "KIND", "KEY", "DIFFERENCE", "", "OWNER'S VERSION", "HELD VERSION"], rows) + [total]
  }
}

extension JSONReader {
  fileprivate func count() throws -> Int64 { try integer(in: 0...Int64.max) }
}
