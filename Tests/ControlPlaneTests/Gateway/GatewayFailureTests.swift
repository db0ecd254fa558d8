import HTTPTypes
import Silo
import SyncProtocol
import Testing
import Web

@testable import ControlPlane

@Suite("a gateway before a region in trouble") struct GatewayFailureTests {
  private static let stale =
    "HTTP/1.1 421 Misdirected\r\nAtoll-Home: region=\"us\", generation=4\r\nContent-Length: 0\r\n\r\n"
  private static let path = "/api/0/organizations/acme/"

  @Test("a stale home is asked once more with a fresh map, whatever the method", .timeLimit(.minutes(20)))
  func staleHome() async throws {
    try await GatewayFixture.with(answering: { _, number in number == 1 ? Self.stale : RegionDouble.ok() }) { fixture in
      let answer = try await fixture.send(.post, Self.path, body: "{}")
      #expect(answer.status == 200)
      #expect(!answer.headers.contains(try #require(.init("Atoll-Home"))))
      let received = fixture.region.received
      #expect(received.count == 2)
      #expect(received.map(\.body) == ["{}", "{}"])
      // A region remembers nonces: each attempt is signed anew.
      #expect(received.first?.values("signature") != received.last?.values("signature"))
      _ = try fixture.routing(received.last)
    }
  }

  @Test("a home that stays stale is a 503 that says nothing was done", .timeLimit(.minutes(20))) func moving()
    async throws
  {
    try await GatewayFixture.with(answering: { _, _ in Self.stale }) { fixture in
      let answer = try await fixture.send(.get, Self.path)
      #expect(answer.status == 503)
      #expect(answer.problem == "stale-home")
      #expect(answer.headers[.retryAfter] != nil)
      #expect(fixture.region.received.count == 2)
    }
  }

  @Test("an application's own 421 passes", .timeLimit(.minutes(20))) func misdirected() async throws {
    try await GatewayFixture.with(answering: { _, _ in "HTTP/1.1 421 Misdirected\r\nContent-Length: 0\r\n\r\n" }) {
      fixture in
      let answer = try await fixture.send(.get, Self.path)
      #expect(answer.status == 421)
      #expect(fixture.region.received.count == 1)
    }
  }

  @Test("a signature that a region refuses is the operators' trouble, not the caller's", .timeLimit(.minutes(20)))
  func refusedRouting() async throws {
    try await GatewayFixture.with(answering: { _, _ in
      "HTTP/1.1 421 Misdirected\r\nAtoll-Forward-Refused: key_unknown\r\nContent-Length: 0\r\n\r\n"
    }) { fixture in
      let answer = try await fixture.send(.get, Self.path)
      #expect(answer.status == 502)
      #expect(answer.problem == "routing-refused")
    }
  }

  @Test("a region that breaks off is asked again for what only reads, never for what changes", .timeLimit(.minutes(20)))
  func retries() async throws {
    try await GatewayFixture.with(answering: { _, number in number % 2 == 1 ? "" : RegionDouble.ok() }) { fixture in
      #expect(try await fixture.send(.get, Self.path).status == 200)
      #expect(fixture.region.received.count == 2)
      let change = try await fixture.send(.post, Self.path, body: "{}")
      #expect(change.status == 502)
      #expect(fixture.region.received.count == 3)
    }
  }

  @Test("retries end with their budget", .timeLimit(.minutes(20))) func budget() async throws {
    var settings = GatewaySettings()
    settings.limits.retryBurst = 1
    settings.limits.retries = 0
    settings.limits.failures = 1000
    try await GatewayFixture.with(settings: settings, answering: { _, _ in "" }) { fixture in
      let first = try await fixture.send(.get, Self.path)
      #expect(first.status == 502)
      #expect(fixture.region.received.count == 2)
      #expect(try await fixture.send(.get, Self.path).status == 502)
      #expect(fixture.region.received.count == 3)
    }
  }

  @Test("after failures in a row the region is not asked for a while", .timeLimit(.minutes(20))) func breaker()
    async throws
  {
    var settings = GatewaySettings()
    settings.limits.failures = 3
    settings.limits.pause = .seconds(3600)
    settings.limits.longestPause = .seconds(3600)
    try await GatewayFixture.with(settings: settings, answering: { _, _ in "" }) { fixture in
      for _ in 0..<3 { #expect(try await fixture.send(.post, Self.path, body: "{}").status == 502) }
      let answer = try await fixture.send(.get, Self.path)
      #expect(answer.status == 503)
      #expect(answer.problem == "region-unavailable")
      #expect(answer.headers[.retryAfter] != nil)
      #expect(fixture.region.received.count == 3)
    }
  }

  @Test("a region has its share of requests and no more, and the share comes back", .timeLimit(.minutes(20)))
  func bulkhead() async throws {
    var settings = GatewaySettings()
    settings.limits.concurrency = 0
    try await GatewayFixture.with(settings: settings) { fixture in
      let answer = try await fixture.send(.get, Self.path)
      #expect(answer.status == 503)
      #expect(answer.problem == "region-busy")
    }
    settings.limits.concurrency = 1
    try await GatewayFixture.with(settings: settings) { fixture in
      for _ in 0..<5 {
        let answer = try await fixture.send(.get, Self.path)
        #expect(answer.status == 200)
      }
    }
  }

  @Test(
    "a region that cannot be reached is a 502, and before the map is there everything is a 503",
    .timeLimit(.minutes(20))
  )
  func unreachable() async throws {
    try await GatewayFixture.with { fixture in
      fixture.change(url: "http://127.0.0.1:1")
      let away = try await fixture.send(.get, Self.path)
      #expect(away.status == 502)
      fixture.change()
      #expect(try await fixture.send(.get, Self.path).status == 200)
    }
  }
}
