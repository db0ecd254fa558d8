import HTTPTypes
import Hummingbird
import Silo
import SyncProtocol
import Testing
import Web

@testable import ControlPlane

@Suite("parts of the gateway") struct GatewayPartsTests {
  @Test("a pattern finds the organization where it stands, byte for byte") func patterns() throws {
    let standard = GatewayPatterns.standard
    let found: [(String, String?)] = [
      ("/api/0/organizations/acme/", "acme"), ("/api/0/organizations/acme", "acme"),
      ("/api/0/organizations/acme/members/1/", "acme"), ("/api/0/projects/acme/web/keys/", "acme"),
      ("/api/0/teams/acme/core/", "acme"), ("/api/0/organizations/ACME/", "ACME"),
      ("/api/0/organizations/a%2Fb/", "a%2Fb"), ("/api/0/organizations/", nil), ("/api/0/organizations", nil),
      ("/api/0/Organizations/acme/", nil), ("/api/0/projects/acme", nil), ("/api/0/projects/acme/", nil),
      ("/api/1/organizations/acme/", nil), ("/organizations/acme/", nil), ("/api//0/organizations/acme/", nil),
      ("/", nil),
    ]
    for (path, organization) in found {
      #expect(standard.match(path[...])?.organization.description == organization, "\(path)")
    }
  }

  @Test("control's own paths are never the gateway's, however a pattern is written") func ownership() throws {
    let standard = GatewayPatterns.standard
    for path in ["/api/0/x", "/api/0/organizations/acme/", "/api/12/envelope/", "/api/", "/api/v2/x", "/api/v10"] {
      #expect(standard.owns(path[...]), "\(path)")
    }
    for path in ["/api/v1", "/api/v1/", "/api/v1/login", "/api", "/", "/login", "/API/0/x", "/oauth/token", "/o/acme"] {
      #expect(!standard.owns(path[...]), "\(path)")
    }
    let further = try #require(GatewayPatterns(further: "/o/{organization}/**, /t/*/{organization}"))
    #expect(further.owns("/o/acme/x"))
    #expect(further.match("/t/1/acme")?.organization == "acme")
    #expect(further.match("/t/1/acme/more") == nil)
    for text in [
      "/login/{organization}", "/oauth/{organization}/**", "/{organization}/**", "/api/v1/{organization}", "/o/acme",
      "o/{organization}", "/o/{organization}/{organization}", "/o//{organization}", "/o/ä/{organization}",
      "/o/**/{organization}", "/.well-known/{organization}",
    ] { #expect(GatewayPatterns(further: text) == nil, "\(text)") }
  }

  @Test("in metrics a path is the pattern that it fits, and nothing of a caller's") func labels() throws {
    let patterns = try #require(GatewayPatterns(further: "/o/{organization}/**"))
    for (path, label) in [
      ("/api/0/organizations/acme/issues/1/", "/api/0/organizations/{organization}/**"),
      ("/api/0/projects/acme/web/", "/api/0/projects/{organization}/{project}/**"),
      ("/api/4509273102/envelope/", "/api/{project_id}/{what}/**"),
      ("/api/12/anything/", "/api/{project_id}/{what}/**"),
      ("/o/acme/x", "/o/{organization}/**"), ("/api/0/users/me/", "/api/**"), ("/o/", "other"),
    ] { #expect(patterns.label(of: path[...]) == label, "\(path)") }
  }

  @Test("a breaker opens after failures in a row, lets one try, and waits longer each time") func breaker() {
    var breaker = CircuitBreaker(threshold: 3, pause: .seconds(1), longestPause: .seconds(4))
    var now = ContinuousClock.now
    for _ in 0..<2 {
      #expect(breaker.admit(at: now) == .go)
      breaker.fail(at: now)
    }
    breaker.succeed()
    for _ in 0..<3 { breaker.fail(at: now) }
    for pause in [1, 2, 4, 4] {
      #expect(breaker.admit(at: now) == .wait(.seconds(pause)))
      now = now.advanced(by: .seconds(pause))
      #expect(breaker.admit(at: now) == .go, "one tries")
      #expect(breaker.admit(at: now) == .wait(.seconds(pause)), "and nobody else")
      breaker.fail(at: now)
    }
    now = now.advanced(by: .seconds(4))
    #expect(breaker.admit(at: now) == .go)
    breaker.succeed()
    for _ in 0..<10 { #expect(breaker.admit(at: now) == .go) }
  }

  @Test("a request that says nothing of the region leaves the trial to the next") func abandoned() {
    var breaker = CircuitBreaker(threshold: 1, pause: .seconds(1), longestPause: .seconds(4))
    var now = ContinuousClock.now
    breaker.fail(at: now)
    now = now.advanced(by: .seconds(1))
    #expect(breaker.admit(at: now) == .go)
    breaker.abandon(at: now)
    #expect(breaker.admit(at: now) == .go)
    breaker.succeed()
    #expect(breaker.state == .closed(failures: 0))
  }

  @Test("one network has its share of a region's places") func share() throws {
    var limits = GatewayLimits()
    limits.concurrency = 64
    let lane = RegionLane(url: "http://127.0.0.1:1", limits: limits)
    let stranger = try #require(ClientAddress("198.51.100.7"))
    do {
      let taken = try (0..<8).map { _ in try lane.enter(for: stranger, at: .now) }
      #expect(throws: Problem.self) { try lane.enter(for: stranger, at: .now) }
      let other = try lane.enter(for: try #require(ClientAddress("203.0.113.9")), at: .now)
      withExtendedLifetime((taken, other)) {}
    }
    _ = try lane.enter(for: stranger, at: .now)
  }

  @Test("this machine, behind which a proxy may stand, leaves a quarter to others, whatever its address")
  func shareHere() throws {
    var limits = GatewayLimits()
    limits.concurrency = 32
    let lane = RegionLane(url: "http://127.0.0.1:1", limits: limits)
    let here =
      try ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"].map { try #require(ClientAddress($0)) } + [.local]
    var taken = try (0..<24).map { try lane.enter(for: here[$0 % here.count], at: .now) }
    for address in here { #expect(throws: Problem.self) { try lane.enter(for: address, at: .now) } }
    taken += try (0..<8).map { _ in
      try lane.enter(for: try #require(ClientAddress("198.51.100.7")), at: .now)
    }
    #expect(throws: Problem.self) { try lane.enter(for: try #require(ClientAddress("203.0.113.9")), at: .now) }
    #expect(lane.reading.underWay == 32)
    withExtendedLifetime(taken) {}
    taken = []
    _ = try lane.enter(for: .local, at: .now)
    #expect(lane.reading.underWay == 0)
  }

  @Test("one that tries and never comes back does not keep a region away for ever") func hangingProbe() {
    var breaker = CircuitBreaker(threshold: 1, pause: .seconds(1), longestPause: .seconds(4))
    let start = ContinuousClock.now
    breaker.fail(at: start)
    #expect(breaker.admit(at: start.advanced(by: .seconds(1))) == .go)
    #expect(breaker.admit(at: start.advanced(by: .seconds(2))) == .go)
  }

  @Test("a budget gives back a share of what is sent, up to its burst") func budget() {
    var budget = RetryBudget(percent: 10, burst: 2)
    func taken(after requests: Int) -> Int {
      for _ in 0..<requests { budget.noteRequest() }
      var taken = 0
      while budget.take() { taken += 1 }
      return taken
    }
    #expect(taken(after: 0) == 2)
    #expect(taken(after: 9) == 0)
    #expect(taken(after: 1) == 1)
    #expect(taken(after: 1000) == 2)
  }

  @Test("a lane has its bound, and places come back") func lane() throws {
    var limits = GatewayLimits()
    limits.concurrency = 2
    let lane = RegionLane(url: "http://127.0.0.1:1", limits: limits)
    let first = try lane.enter(for: .local, at: .now)
    do {
      let second = try lane.enter(for: .local, at: .now)
      #expect(throws: Problem.self) { try lane.enter(for: .local, at: .now) }
      withExtendedLifetime(second) {}
    }
    let third = try lane.enter(for: .local, at: .now)
    withExtendedLifetime((first, third)) {}
    #expect(lane.reading.refused == 1)
    for status in [200, 204, 302, 404, 503] { lane.succeed(LaneOutcome(status: status)) }
    lane.succeed(.withheld)
    lane.fail(at: .now)
    #expect(
      lane.reading.outcomes == [
        .success: 2, .redirection: 1, .callerError: 1, .serverError: 1, .withheld: 1, .failed: 1,
      ])
  }

  private func credential(_ authorization: String?, path: String = "/api/0/x", isIngest: Bool = false)
    -> GatewayCredential
  {
    var request = HTTPRequest(method: .get, scheme: "http", authority: "a", path: path)
    if let authorization { request.headerFields[.authorization] = authorization }
    return GatewayCredential(
      Request(head: request, body: RequestBody(buffer: .init())), isIngest: isIngest, issuer: "https://login.example")
  }

  @Test("a credential is told by its form: control's stay, a region's go to it, others pass") func credentials() throws
  {
    let session = TokenFormat.session.mint()
    #expect(credential(nil) == .none)
    #expect(credential("Bearer \(session)") == .session(session))
    #expect(credential("bearer  \(session)") == .session(session))
    #expect(credential("Bearer \(session)", isIngest: true) == .refused)
    let eu = try RegionName("eu")
    #expect(credential("Bearer \(APITokenFormat.mint(for: eu))") == .apiToken(eu))
    #expect(credential("Bearer atl_org_eu_broken") == .refused)
    for format in TokenFormat.allCases where format != .session {
      #expect(credential("Bearer \(format.mint())") == .refused, "\(format)")
    }
    #expect(credential("Bearer \(session)x") == .refused, "broken")
    #expect(credential("Token \(session)") == .refused)
    #expect(credential(session) == .refused)
    let basic = Base64.encode(Array("\(session):".utf8), .standard)
    #expect(credential("Basic \(basic)") == .refused)
    #expect(credential(nil, path: "/api/0/x?token=\(session)") == .refused)
    #expect(credential("Basic dXNlcjpwYXNz") == .foreign)
    #expect(credential("Bearer sntrys_abc") == .foreign)
    #expect(credential("DSN https://abc@host/1") == .foreign)
  }

  @Test("an access token names its region, and only control's are looked at") func accessTokens() throws {
    func token(_ claims: JSONObject) -> String {
      "e30." + Base64.encode(JSONWriter.write(.object(claims))) + ".AAAA"
    }
    #expect(
      credential("Bearer " + token(["iss": "atoll:control", "aud": "region:eu"])) == .accessToken(audience: "region:eu")
    )
    #expect(credential("Bearer " + token(["iss": "atoll:control"])) == .refused)
    #expect(credential("Bearer " + token(["iss": "atoll:control", "aud": ["region:eu", "region:us"]])) == .refused)
    #expect(credential("Bearer " + token(["iss": "https://elsewhere.example", "aud": "x"])) == .foreign)
    #expect(credential("Bearer " + token(["iss": "https://login.example", "aud": "x"])) == .refused)
    for scheme in ["Negotiate", "NTLM", "Digest"] { #expect(credential("\(scheme) abc") == .refused, "\(scheme)") }
  }

  @Test(
    "content that a browser shows or runs is told from data",
    arguments: [
      "text/html", "TEXT/HTML; charset=utf-8", " text/html", "text/html;charset", "application/xhtml+xml",
      "image/svg+xml", "text/javascript", "application/javascript", "application/x-javascript", "text/ecmascript",
      "application/ecmascript", "text/jscript", "text/livescript", "text/vbscript", "module/script", "text/css",
      "multipart/x-mixed-replace; boundary=a", "application/wasm", "text/plain, text/html", "text", "text/", "/html",
      "text/ht ml", "", "text/html\u{C}", "tëxt/html", "message/rfc822", "application/vnd.wap.xhtml",
    ])
  func pages(type: String) { #expect(!AnswerContent.isHarmless(type)) }

  @Test(
    "data passes",
    arguments: [
      "application/json", "application/json; charset=utf-8", "text/plain", "text/event-stream",
      "application/problem+json",
      "image/png", "application/octet-stream", "application/vnd.api+json", "text/csv; header=present",
      "application/xml",
      "application/x-sentry-envelope", "video/mp4",
    ])
  func data(type: String) { #expect(AnswerContent.isHarmless(type)) }
}
