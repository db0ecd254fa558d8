import NIOHTTP1
import Postgres
import SyncProtocol
import TestSupport
import Testing

@testable import atoll

@Suite("Several control processes over one database", .serialized)
struct ControlPairTests {
  @Test("any of them answers people and agents, and when the leading one is killed another leads and nothing is lost")
  func pair() async throws {
    try await FaultProxy.with(.http) { balancer in
      try await Islands.run(
        regions: ["eu"],
        configure: { layout in
          balancer.stand(before: layout.basePort)
          layout.controlURLOfRegions = "http://127.0.0.1:\(balancer.port)"
        },
        { islands in
          let keys = "\(islands.layout.root)/second"
          try await Program.run(["cp", "-a", islands.control.keys, keys])
          let port = try Islands.freePorts(1)
          let second = try await islands.serve(islands.control, name: "second", port: port, keys: keys)
          do {
            try await Self.run(islands, balancer, second: second, port: port)
          } catch {
            await second.stop()
            throw error
          }
          await second.stop()
        })
    }
  }

  private static func run(_ islands: Islands, _ balancer: FaultProxy, second: ChildProcess, port: Int) async throws {
    let owner = try await Person.signUp(islands)
    let there = owner.at("http://127.0.0.1:\(port)")
    #expect(try await there.session.call(.GET, "/api/v1/me").field("id").string() == owner.id, "one session for both")
    var history = History(organization: try await owner.createOrganization(region: "eu"))
    _ = try await owner.enter(history.organization)

    // The first leads; the agent asks the second, whose readers must hear of what the first writes.
    balancer.stand(before: port)
    await history.work(as: owner, islands)
    try await history.check(islands, after: "the agent moved to the second")
    var fastest = Duration.seconds(60)
    for _ in 0..<4 {
      let started = ContinuousClock.now
      _ = try await owner.createOrganization(region: "eu")
      fastest = min(fastest, started.duration(to: .now))
    }
    #expect(fastest < .seconds(1), "a held request of the second heard of the first's commits after \(fastest) only")

    await islands.archipelago.process(of: islands.control)?.crash()
    for _ in 0..<2 { await history.work(as: there, islands) }
    try await eventually("the second leads", within: .seconds(15)) { try await isFresh(there, islands) }
    try await history.check(islands, after: "the leading process was killed")

    // And back: now the second is the leader that dies while the agent asks it.
    try await islands.archipelago.start(islands.control)
    await second.crash()
    balancer.stand(before: islands.layout.basePort)
    for _ in 0..<2 { await history.work(as: owner, islands) }
    try await history.check(islands, after: "the other one was killed")
    try await history.expectNothingQuarantined(islands)
  }

  /// Whether control's log grows: its heartbeat is younger than three seconds.
  private static func isFresh(_ person: Person, _ islands: Islands) async throws -> Bool {
    let token = try SecretFile(path: islands.control.operatorToken).text(maximumBytes: 256)
    let status = try await JSONClient(base: person.session.base, token: token).call(.GET, "/api/v1/operator/status")
    return try status.field("log").field("fresh_seconds_ago").integer(in: 0...1_000_000) <= 3
  }
}
