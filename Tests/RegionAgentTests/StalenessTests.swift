import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing
import Web

@testable import RegionAgent

@Suite("When knowledge is old")
struct StalenessTests {
  private let base = "/api/0/organizations/acme"

  @Test("an age counts by the organization's bounds; no knowledge is older than every bound")
  func bounds() {
    let policy = StalenessPolicy(degradedSeconds: 10, closedSeconds: 20, refused: [])
    for (age, standing) in [(0.0, KnowledgeStanding.fresh), (9.9, .fresh), (10, .degraded), (20, .closed)] {
      #expect(policy.standing(age: age) == standing)
    }
    #expect(policy.standing(age: nil) == .closed)
    let never = StalenessPolicy(degradedSeconds: nil, closedSeconds: nil, refused: [])
    #expect(never.standing(age: nil) == .fresh)
    #expect(StalenessPolicy.standard.standing(age: 6 * 86_400) == .degraded)
  }

  @Test("a moment in the future, beyond what clocks may differ, is no knowledge")
  func clocks() {
    let age = KnowledgeAge.byClock { 1_000_000 }
    #expect(age(1_000_000_000_000 + 119_000_000) == 0)
    #expect(age(1_000_000_000_000 + 121_000_000) == nil)
    #expect(age(nil) == nil)
    #expect(age(999_990_000_000) == 10)
  }

  @Test("owners set what is refused; bad policies are refused")
  func api() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let admin = try await region.member(of: id, role: .admin)
      let path = base + "/staleness"
      let token = try region.token(owner, id)
      let standard = try await region.call(.get, path, token: try region.token(admin.user, id))
      #expect(standard["degraded_seconds"] == 3600 && standard["closed_seconds"] == 604_800)
      let policy: JSONValue = ["degraded_seconds": 5, "closed_seconds": .null, "refused": ["changes", "api_tokens"]]
      #expect(try await region.call(.put, path, token: try region.token(admin.user, id), body: policy).status == 403)
      #expect(try await region.call(.put, path, token: token, body: policy).status == 200)
      #expect(try await region.call(.get, path, token: token)["refused"] == ["api_tokens", "changes"])
      for body in [
        ["degraded_seconds": 4, "closed_seconds": 10, "refused": []], ["degraded_seconds": 5, "refused": []],
        ["degraded_seconds": 20, "closed_seconds": 10, "refused": []],
        ["degraded_seconds": 5, "closed_seconds": 10, "refused": ["everything"]],
        ["degraded_seconds": 5, "closed_seconds": 10, "refused": [], "x": 1],
      ] as [JSONValue] {
        #expect(try await region.call(.put, path, token: token, body: body).status == 400)
      }
      #expect(try await region.call(.delete, path, token: token)["degraded_seconds"] == 3600)
      let apiToken = try await region.receiveAPIToken(of: owner, id)
      #expect(try await region.call(.put, path, token: apiToken, body: policy).status == 403)
    }
  }

  @Test("degraded refuses what the policy names, closed everything, and answers say how old they are")
  func refused() async throws {
    try await LoginFixture.with { login in
      let region = login.region
      let (id, owner, _) = try await region.organization()
      let token = try region.token(owner, id)
      let apiToken = try await region.receiveAPIToken(of: owner, id)
      let fresh = try await region.call(.get, base, token: token)
      #expect(fresh.headers[.atollFreshness]?.hasPrefix("fresh; age=") ?? false)
      let invitation: JSONValue = ["email": "a@example.org", "role": "member"]
      try await region.receiveFreshness(secondsAgo: 3700)
      let stale = try await region.call(.post, base + "/invitations", token: token, body: invitation)
      #expect(stale.status == 503 && stale.problem == "knowledge-too-old")
      #expect(stale.headers[.atollFreshness]?.hasPrefix("degraded; age=3") ?? false)
      #expect(stale.headers[.retryAfter] != nil)
      #expect(try await region.call(.put, base, token: token, body: ["name": "New"]).status == 200)
      #expect(try await login.ask(method: "POST", token: apiToken).status == 200)
      let strict = StalenessPolicy(degradedSeconds: 60, closedSeconds: 7200, refused: [.changes, .apiTokens])
      try await region.database.withTransaction { try await StalenessStore.set(strict, of: id, on: $0) }
      #expect(try await region.call(.put, base, token: token, body: ["name": "Newer"]).status == 503)
      #expect(try await region.call(.get, base, token: token).status == 200)
      #expect(try await region.call(.get, base, token: apiToken).status == 503)
      #expect(try await login.ask(token: apiToken).status == 503)
      #expect(try await login.ask(token: token).status == 200)
      #expect(try await login.ask(method: "POST", token: token).status == 503)
      try await region.receiveFreshness(secondsAgo: 7300)
      let closed = try await login.ask(token: token)
      #expect(closed.status == 503)
      #expect(closed.headers[.atollFreshness]?.hasPrefix("closed; age=7") ?? false)
      #expect(try await region.call(.get, base, token: token).status == 503)
      try await region.receiveFreshness(secondsAgo: nil)
      #expect(try await login.ask(token: token).headers[.atollFreshness] == "closed")
      try await region.receiveFreshness()
      #expect(try await login.ask(token: token).status == 200)
    }
  }
}
