import HTTPTypes
import Testing
import Web

@testable import ControlPlane

@Suite("deadlines of the gateway") struct GatewayDeadlineTests {
  private static let path = "/api/0/organizations/acme/issues/"

  @Test("events by project key are short work, everything else has the usual times") func usual() {
    let deadlines = GatewayDeadlines()
    let limits = deadlines.limits(ForwardLimits(requestBytes: 7), for: "/api/12/envelope/", isIngest: true)
    #expect(limits.requestBytes == 7)
    #expect(limits.head == .seconds(10))
    #expect(limits.idle == .seconds(15))
    #expect(limits.upload == .seconds(300))
    #expect(limits.total == .seconds(360))
    #expect(limits.streamIdle == .seconds(300))
    let usual = deadlines.limits(ForwardLimits(), for: Self.path[...], isIngest: false)
    #expect(usual.head == .seconds(30))
    #expect(usual.upload == .seconds(1800))
    #expect(usual.total == .seconds(3600))
  }

  @Test("a table says otherwise by path, the first entry that fits") func table() throws {
    let text = """
      /api/0/organizations/*/export/** first=300 total=none, /api/0/organizations/{organization}/export/big/ idle=99
      ingest first=5 upload=none, events idle=600,default first=20 total=900, /api/*/minidump/ upload=3000
      """
    let deadlines = try #require(GatewayDeadlines(text))
    let export = deadlines.times(for: "/api/0/organizations/acme/export/1/", isIngest: false)
    #expect(export == .init(first: 300, idle: 30, upload: 1800, total: nil))
    #expect(deadlines.times(for: "/api/0/organizations/acme/export/big/", isIngest: false) == export)
    #expect(deadlines.times(for: "/api/0/organizations/acme/exports/", isIngest: false).first == 20)
    #expect(deadlines.times(for: "/api/0/organizations//export/1/", isIngest: false).first == 20)
    #expect(
      deadlines.times(for: Self.path[...], isIngest: false) == .init(first: 20, idle: 30, upload: 1800, total: 900))
    #expect(deadlines.times(for: "/api/7/store/", isIngest: true) == .init(first: 5, idle: 15, upload: nil, total: 360))
    #expect(deadlines.times(for: "/api/7/minidump/", isIngest: true).upload == 3000)
    #expect(deadlines.limits(ForwardLimits(), for: "/", isIngest: false).streamIdle == .seconds(600))
    let patient = try #require(GatewayDeadlines("events idle=9", usual: .init(first: 77, idle: 1, upload: 1, total: 1)))
    #expect(patient.times(for: "/", isIngest: false).first == 77)
    #expect(GatewayDeadlines("") == GatewayDeadlines())
  }

  @Test(
    "a table that cannot be understood is none",
    arguments: [
      "default", "default first", "default first=", "default first=0", "default first=none", "default first=86401",
      "default first=1 first=2", "default first=1, default idle=1", "default last=1", "events first=1",
      "events idle=1 first=1", "x first=1", "/a/**/b first=1", "/a//b first=1", "/a*b first=1", "/{a first=1",
      "/ä first=1", "first=1", "/a first=1, /a first=2", "default idle=-1", "default total=1e3",
    ])
  func refused(text: String) { #expect(GatewayDeadlines(text) == nil) }

  @Test("more entries than a table may have are none") func maximum() {
    func table(_ count: Int) -> String { (0..<count).map { "/p\($0)/** first=1" }.joined(separator: ",") }
    #expect(GatewayDeadlines(table(GatewayDeadlines.maximum)) != nil)
    #expect(GatewayDeadlines(table(GatewayDeadlines.maximum + 1)) == nil)
  }

  @Test("a region that is slow with data is not waited for as long as with an export", .timeLimit(.minutes(20)))
  func routes() async throws {
    var settings = GatewaySettings()
    settings.deadlines = try #require(GatewayDeadlines("default first=600, ingest first=1"))
    try await GatewayFixture.with(settings: settings, silentAt: "/store/") { fixture in
      #expect(try await fixture.send(.get, Self.path).status == 200)
      let late = try await fixture.send(
        .post, "/api/12/store/", headers: [("X-Sentry-Auth", "Sentry sentry_key=\(GatewayFixture.publicKey)")],
        body: "{}")
      #expect(late.status == 504)
      #expect(late.problem == "upstream-timeout")
    }
  }
}
