import ControlPlane
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite("An agent that stops says so")
struct DepartureTests {
  private static var limits: ControlLimits {
    var limits = ControlLimits()
    limits.sync.refusalPause = 1
    return limits
  }

  /// A second agent of `eu`, with keys of its own, that an operator let in.
  private static func second(_ control: ControlFixture) async throws -> FakeRegion {
    let second = try FakeRegion(control, name: "eu")
    let joined = try JoinAnswer(body: try await second.join(try await second.joinToken()).bytes)
    if joined.state == .pending {
      let approved = try await control.post(
        "/api/v1/operator/regions/eu/approve", token: control.operatorToken,
        ["fingerprint": .string(second.agent.verificationKey.fingerprint)])
      #expect(approved.status == 200)
    }
    return second
  }

  private static func bye(_ region: FakeRegion, session: String? = nil, counter: Int64? = nil) async throws -> Answer {
    let message = ByeRequest(session: session ?? region.session, counter: counter ?? region.nextCounter())
    return try await region.call(SyncPath.bye, message.body)
  }

  @Test("its session is over, and the agent that stands by takes over at once, not after the lease")
  func goodBye() async throws {
    try await withControl(limits: Self.limits, asService: true) { control in
      let first = try await FakeRegion.joined(control, "eu")
      let second = try await Self.second(control)
      async let waiting = second.hello()
      // Standing by is written before anybody waits: see `Departures.count(of:)`.
      let never = Doorbell()
      while try await control.query("SELECT FROM control.agent_standby").count == 0 {
        _ = await never.wait(beyond: never.rings, limit: .milliseconds(10))
      }
      #expect(try await Self.bye(first).status == 200)
      let standby = try await waiting
      let problem = try SyncProblem(body: standby.bytes)
      #expect(problem.code == .standby)
      #expect(problem.retryAfterMilliseconds == 1, "it may come at once")
      #expect(FakeRegion.code(try await first.pullRaw()) == .sessionFenced)
      #expect(FakeRegion.code(try await Self.bye(first)) == .sessionFenced, "said once")
      let left = try await control.query("SELECT thumbprint FROM control.agent_session WHERE departed IS NOT NULL")
      #expect(try left.decode(String.self) == [first.agent.keyid], "a copy of its key would still be noticed")
      #expect(try await second.hello().status == 200)
      #expect(try await second.pullRaw().status == 200)
      #expect(
        try await control.query("SELECT count(*) FROM control.agent_session WHERE departed IS NULL").only()
          .decode(Int64.self) == 1)
    }
  }

  @Test("nobody says it for another: neither another region, nor an older session, nor a copy of what was said")
  func foreign() async throws {
    try await withControl(limits: Self.limits, asService: true) { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let us = try await FakeRegion.joined(control, "us")
      let old = eu.session
      #expect(try await eu.hello().status == 200)
      #expect(FakeRegion.code(try await Self.bye(us, session: eu.session)) == .sessionFenced)
      #expect(FakeRegion.code(try await Self.bye(eu, session: old)) == .sessionFenced)
      #expect(FakeRegion.code(try await Self.bye(eu, counter: 0)) == .counterFell)
      #expect(try await eu.pullRaw().status == 200)
      let message = ByeRequest(session: eu.session, counter: eu.nextCounter())
      let signed = try SignedRequest(
        path: SyncPath.bye, contentType: "application/json", audience: "control", body: message.body, key: eu.agent,
        created: control.environment.seconds, nonce: .random())
      #expect(try await eu.send(signed).status == 200)
      #expect(try await eu.hello().status == 200, "the same agent may come back")
      #expect(try SyncProblem(body: try await eu.send(signed).bytes).reason == "nonce_replayed")
      #expect(try await eu.pullRaw().status == 200)
    }
  }
}
