import Postgres
import SyncProtocol

extension Soak {
  /// Seconds: a light agent that comes for the first time starts over by pointers, as old agents do. Some concern all regions, which then have an answer at
  /// once; a thousand answers are seconds of work.
  private static let warmUp = 5

  /// A dead and a slow region among the others, then a hostile one: what the others notice.
  func trouble() async throws -> [Measure] {
    let bad = try await Troublemakers.join(control: control)
    let lazy = try await Fleet.join(1, prefix: "lazy", control: control, applyPause: .seconds(2))
    let seen = Recorder()
    var quiet: [Double] = []
    var slow: [Double] = []
    var hostile: [Double] = []
    // Quiet is when everybody follows: a part before this one may have left some on their way back.
    try await changeEach("before-trouble")
    // In turn, so that what the machine does besides strikes all alike. The dead region, whose agent never comes, is there from now on.
    for _ in 0..<size.rounds {
      quiet += try await delays(seconds: size.quietSeconds, warmUp: Self.warmUp)
      slow += try await delays(
        warmUp: Self.warmUp,
        beside: {
          await withTaskGroup { group in
            group.addTask { await bad.readSlowly() }
            for agent in lazy.agents { group.addTask { await agent.run() } }
          }
        })
      // What it claims at first counts.
      hostile += try await delays(beside: { await bad.beHostile(seen) })
    }
    await bad.shutdown()
    await lazy.shutdown()
    say("what the hostile region met: \(seen.faults)")
    let rows = try await control.database.query(
      "SELECT count(*) FROM directory.interest WHERE region = \(Int16(bad.hostile.silo.value))"
    ).only().decode(Int64.self)
    for all in [quiet, slow, hostile] { say("p50, p90, p99 in ms: \(Self.spread(of: all))") }
    let (calm, slowed, attacked) = (Self.p99(of: quiet), Self.p99(of: slow), Self.p99(of: hostile))
    return [
      Measure("trouble: a change for a good region, p99, quiet", calm, "ms"),
      Measure("trouble: the same among dead and slow", slowed, "ms"),
      Measure("trouble: p99 among dead and slow / quiet", slowed / calm, "", time(1.2)),
      Measure("trouble: the same while one is hostile", attacked, "ms", time(1000)),
      Measure("trouble: p99 while one is hostile / quiet", attacked / calm, ""),
      Measure("trouble: rows that the hostile region is entitled to by its word", Double(rows), "rows", .atMost(0)),
    ]
  }

  /// Delays of changes while something else runs.
  private func delays(
    warmUp: Int = 0, beside trouble: @escaping @Sendable () async -> Void
  ) async throws -> [Double] {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await trouble() }
      defer { group.cancelAll() }
      return try await delays(seconds: size.quietSeconds, warmUp: warmUp)
    }
  }

  private static func p99(of delays: [Double]) -> Double { delays.sorted().percentile(99) }

  private static func spread(of delays: [Double]) -> String {
    let sorted = delays.sorted()
    return [50.0, 90, 99].map { Measure.text(sorted.percentile($0)) }.joined(separator: ", ")
  }
}
