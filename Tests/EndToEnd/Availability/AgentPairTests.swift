import NIOHTTP1
import Postgres
import SyncProtocol
import TestSupport
import Testing

@testable import atoll

@Suite("Two agents of one region", .serialized)
struct AgentPairTests {
  @Test("one is active and the other stands by, takes over when the first is gone, and the first then stands by")
  func pair() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let pair = try await Self.join(islands)
      let second = try await pair.agent.serve(islands)
      do {
        try await Self.run(islands, pair)
        try await Self.goodBye(of: second, islands)
      } catch {
        await second.stop()
        throw error
      }
      await second.stop()
    }
  }

  private struct Pair {
    let eu: SiloFolder
    let owner: Person
    let organization: Person.Organization
    let agent: SecondAgent
    var second: String { agent.fingerprint }
  }

  private static func join(_ islands: Islands) async throws -> Pair {
    let eu = try islands.region("eu")
    let owner = try await Person.signUp(islands)
    let organization = try await owner.createOrganization(region: "eu")
    let agent = try await SecondAgent.join(eu, islands)
    #expect(agent.answeredState == "pending", "a region that has data asks an operator")
    return Pair(eu: eu, owner: owner, organization: organization, agent: agent)
  }

  private static func run(_ islands: Islands, _ pair: Pair) async throws {
    try await eventually("the second stands by") { try await agents(islands).standby == [pair.second] }
    let first = try #require(try await agents(islands).active)
    #expect(first != pair.second)
    let session = try await session(islands)
    var history = History(organization: pair.organization)
    for _ in 0..<3 { await history.work(as: pair.owner, islands) }
    try await history.check(islands, after: "a second agent came")
    #expect(try await Self.session(islands) == session, "the standby does not take the session")

    await islands.archipelago.process(of: pair.eu)?.crash()
    try await eventually("the second is active") { try await agents(islands).active == pair.second }
    // Its region's requests go to its own port; the first's is closed. What control sends arrives.
    let organization = try await pair.owner.requestOrganization(region: "eu")
    try await pair.owner.waitUntilDone(organization)

    try await islands.archipelago.start(pair.eu)
    try await eventually("the first stands by") { try await agents(islands).standby == [first] }
    await history.work(as: pair.owner, islands)
    try await history.check(islands, after: "the first agent came back")
    #expect(try await agents(islands).active == pair.second)
    try await history.expectNothingQuarantined(islands)
  }

  /// An agent that is stopped in good order says so before it ends: the other one does not wait for its lease.
  private static func goodBye(of second: ChildProcess, _ islands: Islands) async throws {
    let first = try #require(try await agents(islands).standby.first)
    let before: String = try await islands.withDatabase(of: islands.control) {
      try await $0.query("SELECT thumbprint FROM control.agent_session").only().decode(String.self)
    }
    await second.stop()
    let left = try await islands.count(
      in: islands.control,
      "SELECT count(*) FROM control.agent_session WHERE departed IS NOT NULL OR thumbprint <> \(before)")
    #expect(left == 1, "control has heard the good-bye when the process is gone")
    try await eventually("the first takes over") { try await agents(islands).active == first }
  }

  /// Fingerprints, as `atoll status` shows them.
  private static func agents(_ islands: Islands) async throws -> (active: String?, standby: [String]) {
    let shell = try Shell(islands)
    let status = try await shell.succeed([
      "status", "--control-url", islands.layout.url(of: islands.control), "--operator-token-file",
      islands.control.operatorToken,
    ])
    let region = try #require(try status.field("regions").array(maximum: 10).first)
    return (
      try region.optional("active_agent")?.string(),
      try region.field("standby_agents").array(maximum: 10).map { try $0.field("fingerprint").string() }
    )
  }

  private static func session(_ islands: Islands) async throws -> String {
    try await islands.withDatabase(of: islands.control) {
      try await $0.query("SELECT session FROM control.agent_session").only().decode(String.self)
    }
  }
}
