import Foundation

extension Soak {
  /// Control is killed and started again: how its regions come back, and what people who log in notice.
  func storm() async throws -> [Measure] {
    let person = Person(url: control.url, mail: control.mail)
    _ = try await person.signUp()
    let quiet = try await person.loggingIn(perSecond: 5) { try await Task.sleep(for: .seconds(size.quietSeconds)) }
    _ = fleet.recorder.takeArrivals()
    control.kill()
    try await control.start()
    let up = ContinuousClock.now
    let wanted = fleet.agents.count * 95 / 100
    let busy = try await person.loggingIn(perSecond: 5) {
      // Long enough to see the end, and to give the logins a p99.
      let deadline = up + .seconds(max(60, size.quietSeconds))
      while ContinuousClock.now < deadline, fleet.recorder.backCount < fleet.agents.count {
        try await Task.sleep(for: .milliseconds(100))
      }
      let least = up + .seconds(size.quietSeconds)
      if ContinuousClock.now < least { try await ContinuousClock().sleep(until: least) }
    }
    let (arrivals, back) = fleet.recorder.takeArrivals()
    let times = back.values.map { ($0 - up) / .seconds(1) }.sorted()
    let connected = times.count >= wanted ? times[wanted - 1] : .infinity
    let bins = Self.bins(arrivals, since: up)
    say("arrivals in each second: \(bins)")
    say("logins: quiet \(quiet.done.count), in the storm \(busy.done.count), failed \(busy.failed)")
    say("the slowest, quiet: \(quiet.slowest)")
    say("the slowest, in the storm: \(busy.slowest)")
    let mean = bins.isEmpty ? .nan : Double(bins.reduce(0, +)) / Double(bins.count)
    return [
      Measure("storm: 95 % connected after", connected, "s", time(30)),
      Measure("storm: arrivals, mean", mean, "/s"),
      Measure(
        "storm: arrivals, peak / mean", Double(bins.max() ?? 0) / mean, "",
        fleet.agents.count >= 200 ? time(3) : .none),
      Measure("storm: login p99, quiet", quiet.times.percentile(99), "ms"),
      Measure("storm: login p99, in the storm", busy.times.percentile(99), "ms"),
      Measure(
        "storm: login p99, in the storm / quiet", busy.times.percentile(99) / quiet.times.percentile(99), "", time(2)),
      Measure("storm: logins that failed", Double(busy.failed), "logins", .atMost(0)),
    ]
  }

  /// Arrivals by whole seconds, from the first to the last second with some.
  static func bins(_ arrivals: [ContinuousClock.Instant], since start: ContinuousClock.Instant) -> [Int] {
    let seconds = arrivals.map { Int((($0 - start) / .seconds(1)).rounded(.down)) }
    guard let first = seconds.min(), let last = seconds.max() else { return [] }
    var bins = [Int](repeating: 0, count: last - first + 1)
    for second in seconds { bins[second - first] += 1 }
    return bins
  }
}
