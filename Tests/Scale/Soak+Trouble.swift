import Postgres
import SyncProtocol

extension Soak {
  /// A dead, a slow and a hostile region among the others: what the others notice.
  func trouble() async throws -> [Measure] {
    let bad = try await Troublemakers.join(control: control)
    let lazy = try await Fleet.join(1, prefix: "lazy", control: control, applyPause: .seconds(2))
    let seen = Recorder()
    var quiet: [Double] = []
    var troubled: [Double] = []
    // Quiet is when everybody follows: a part before this one may have left some on their way back.
    try await changeEach("before-trouble")
    for _ in 0..<size.rounds {
      quiet += try await delays(seconds: size.quietSeconds)
      troubled += try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await bad.run(seen) }
        group.addTask { for agent in lazy.agents { await agent.run() } }
        defer { group.cancelAll() }
        return try await delays(seconds: size.quietSeconds)
      }
    }
    await bad.shutdown()
    await lazy.shutdown()
    say("what the hostile region met: \(seen.faults)")
    let rows = try await control.database.query(
      "SELECT count(*) FROM directory.interest WHERE region = \(Int16(bad.hostile.silo.value))"
    ).only().decode(Int64.self)
    quiet.sort()
    troubled.sort()
    return [
      Measure("trouble: a change for a good region, p99, quiet", quiet.percentile(99), "ms"),
      Measure("trouble: the same among dead, slow and hostile", troubled.percentile(99), "ms"),
      Measure(
        "trouble: p99 among them / quiet", troubled.percentile(99) / quiet.percentile(99), "", time(1.2)),
      Measure("trouble: rows that the hostile region is entitled to by its word", Double(rows), "rows", .atMost(0)),
    ]
  }
}
