import Foundation
import Logging
import Postgres
import SyncProtocol

/// Many regions against one control plane, part by part. Each part measures and says what it must keep.
package struct Soak {
  package enum Part: String, Sendable, CaseIterable {
    case changes, idle, storm, trouble
  }

  /// How much of everything.
  package struct Size: Sendable {
    package var agents = 1000
    package var idleSeconds = 60
    package var quietSeconds = 20
    /// Changes in a second while latency is measured.
    package var changesPerSecond = 40
    /// Rounds of quiet and trouble in turn.
    package var rounds = 2
    /// Whether times and costs are judged: a debug build on a busy machine says nothing about them.
    package var judgesTimes = true

    package init() {}
  }

  let control: ControlProcess
  let fleet: Fleet
  let size: Size
  let say: @Sendable (String) -> Void

  /// Starts control with an own server in `directory`, joins the regions, runs the parts in order and stops everything.
  package static func run(
    atoll: String, directory: String, port: Int, size: Size, parts: [Part], settings: [String: String] = [:],
    say: @escaping @Sendable (String) -> Void
  ) async throws -> [Measure] {
    let control = try await ControlProcess(atoll: atoll, directory: directory, port: port, settings: settings)
    do {
      try await control.start()
      say("control runs, \(size.agents) regions join")
      let before = ProcessUsage(of: control.processID)
      let began = ContinuousClock.now
      let fleet = try await Fleet.join(size.agents, prefix: "r", control: control)
      say("joined in \(Int((ContinuousClock.now - began) / .seconds(1))) s")
      let soak = Soak(control: control, fleet: fleet, size: size, say: say)
      let measures = try await fleet.running { try await soak.measure(parts, before: before) }
      await fleet.shutdown()
      await control.stop()
      return measures
    } catch {
      await control.stop()
      throw error
    }
  }

  private func measure(_ parts: [Part], before: ProcessUsage?) async throws -> [Measure] {
    try await converge("the first contact", within: 120)
    var measures: [Measure] = []
    for part in parts {
      say("part \(part.rawValue)")
      switch part {
      case .changes: measures += try await changes()
      case .idle: measures += try await idle(before)
      case .storm: measures += try await storm()
      case .trouble: measures += try await trouble()
      }
    }
    measures += try await entitlement()
    let faults = fleet.recorder.faults
    if !faults.isEmpty { say("refusals seen by agents: \(faults)") }
    return measures
  }

  func time(_ limit: Double) -> Measure.Bound { size.judgesTimes ? .atMost(limit) : .none }

  /// Waits until every replica is settled and holds all it shall.
  func converge(_ what: String, within seconds: Int) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
      let differing = try await Entitlement.read(control.database).differences(of: fleet.agents)
      if differing.isEmpty { return }
      guard ContinuousClock.now < deadline else {
        throw ControlProcess.Failure(
          description: "\(what) has not converged: \(differing.count) agents differ, such as \(differing.prefix(3))")
      }
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  private func entitlement() async throws -> [Measure] {
    try await converge("everything", within: 60)
    return [Measure("agents that hold anything but exactly their entitled rows", 0, "agents", .atMost(0))]
  }
}

extension Soak {
  /// Milliseconds from commit to applied of changes of single regions, at an even rate, ascending.
  ///
  /// - Parameter warmUp: seconds of the same changes before, which do not count: what came before has its answers, and a key or a region that is new is known.
  func delays(seconds: Int, warmUp: Int = 0) async throws -> [Double] {
    if warmUp > 0 { try await change(for: warmUp) }
    _ = fleet.recorder.takeDelays()
    let start = try await change(for: seconds)
    let delays = fleet.recorder.takeDelays()
    let slowest = delays.prefix(8).map {
      "\(Measure.text($0.took)) ms at \(Measure.text(($0.sent - start) / .seconds(1))) s"
    }
    say("the slowest changes: \(slowest.joined(separator: ", "))")
    return delays.map(\.took).reversed()
  }

  /// Changes rows of single regions for so many seconds and waits until they are applied; returns when it began.
  @discardableResult
  private func change(for seconds: Int) async throws -> ContinuousClock.Instant {
    let clock = ContinuousClock()
    let start = clock.now
    for step in 0..<seconds * size.changesPerSecond {
      try await clock.sleep(until: start + .microseconds(step * 1_000_000 / size.changesPerSecond))
      guard let agent = fleet.agents.randomElement() else { break }
      let mark = Mark.next()
      fleet.recorder.commit(mark)
      try await control.database.execute(
        """
        UPDATE control.region SET url = \("https://\(agent.identity.name).\(mark)x.example")
        WHERE number = \(Int16(agent.identity.silo.value))
        """)
    }
    try await settle(within: 20)
    return start
  }

  /// Waits until every mark has arrived; a mark that a later change of the same region replaced never does.
  private func settle(within seconds: Int) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var last = fleet.recorder.outstanding
    var unchanged = 0
    while last > 0, unchanged < 20, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(100))
      let now = fleet.recorder.outstanding
      unchanged = now == last ? unchanged + 1 : 0
      last = now
    }
  }

  private func changes() async throws -> [Measure] {
    let each = try await delays(seconds: size.quietSeconds)
    var measures = [
      Measure("a change for one region, p50", each.percentile(50), "ms"),
      Measure("a change for one region, p99", each.percentile(99), "ms", time(1000)),
    ]
    var began = ContinuousClock.now
    try await changeEach("each")
    measures.append(Measure("a change for each region: all have it", since(began), "s", time(30)))
    began = .now
    try await OperatorClient(url: control.url, token: try control.operatorToken())
      .post("/api/v1/operator/token-keys", [:])
    try await converge("a broadcast", within: 60)
    measures.append(Measure("a broadcast: all have it", since(began), "s", time(15)))
    began = .now
    let user = try await everywhere()
    try await converge("a user everywhere", within: 60)
    measures.append(Measure("a user enters all regions: all have it", since(began), "s", time(15)))
    began = .now
    try await control.database.execute("UPDATE control.\"user\" SET name = 'Renamed' WHERE id = \(user)::text::uuid")
    try await converge("a renamed user", within: 60)
    measures.append(Measure("a user of all regions is renamed: all have it", since(began), "s", time(15)))
    return measures
  }

  /// Changes a row for each region and waits until each has it.
  func changeEach(_ what: String) async throws {
    for agent in fleet.agents {
      try await control.database.execute(
        "UPDATE control.region SET url = \("https://\(agent.identity.name).\(what).example") WHERE number = \(Int16(agent.identity.silo.value))"
      )
    }
    try await converge("a change for each", within: 60)
  }

  private func since(_ start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }

  /// Signs somebody up and lets all regions hold them, as grants would.
  private func everywhere() async throws -> String {
    let person = Person(url: control.url, mail: control.mail)
    let user = try await person.signUp()
    try await control.database.execute(
      "SELECT directory.enter(r.number, 'user', \(user)::text::uuid) FROM control.region r WHERE r.name LIKE 'r-%'")
    return user
  }
}
