import FoundationEssentials
import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing
import Web

@testable import ControlPlane

@Suite("credentials at the gateway") struct GatewayCredentialTests {
  private static let path = "/api/0/organizations/acme/"

  /// A gateway whose only organization is that of `World`, in region eu.
  private func with(
    _ body: @Sendable @escaping (World, GatewayFixture) async throws -> Void
  ) async throws {
    try await GatewayFixture.with { fixture in
      let world = try await World(fixture.control)
      var changes = DirectoryChanges()
      let id = try #require(OrganizationID(world.organization))
      let old = try #require(GatewayFixture.organization)
      changes.goneOrganizations = [old]
      changes.organizations = [.init(id: id, slug: "acme", region: fixture.eu.number)]
      changes.slugs = [.init("acme", of: id)]
      fixture.map.apply(changes)
      try await body(world, fixture)
    }
  }

  @Test("a session is exchanged for a token of that region, and never crosses", .timeLimit(.minutes(20)))
  func session() async throws {
    try await with { world, fixture in
      let answer = try await fixture.send(.get, Self.path, headers: [("Authorization", "Bearer \(world.ada.token)")])
      #expect(answer.status == 200)
      let received = try #require(fixture.region.received.last)
      #expect(!received.head.contains(world.ada.token))
      let sent = try #require(received.values("authorization").first?.dropFirst("Bearer ".count))
      let keys = try await fixture.control.query("SELECT x, y FROM control.token_key").decode(
        (String, String).self)
      let key = try #require(TokenVerificationKey(x: keys[0].0, y: keys[0].1))
      let token = try AccessTokenVerifier(region: try RegionName("eu"), keys: [key])
        .verify(String(sent), now: fixture.control.environment.seconds)
      #expect(token.user.description == world.ada.id)
      #expect(token.organization?.description == world.organization)
      // A moment later the same token serves.
      _ = try await fixture.send(.get, Self.path, headers: [("Authorization", "Bearer \(world.ada.token)")])
      #expect(fixture.region.received.last?.values("authorization") == ["Bearer \(sent)"])
      fixture.control.clock.advance(6)
      _ = try await fixture.send(.get, Self.path, headers: [("Authorization", "Bearer \(world.ada.token)")])
      #expect(fixture.region.received.last?.values("authorization") != ["Bearer \(sent)"])
    }
  }

  @Test("who does not belong to the organization gets no token for its region", .timeLimit(.minutes(20)))
  func stranger() async throws {
    try await with { world, fixture in
      let answer = try await fixture.send(.get, Self.path, headers: [("Authorization", "Bearer \(world.bob.token)")])
      #expect(answer.status == 404)
      let unknown = TokenFormat.session.mint()
      #expect(try await fixture.send(.get, Self.path, headers: [("Authorization", "Bearer \(unknown)")]).status == 401)
      #expect(fixture.region.received.isEmpty)
    }
  }

  @Test(
    "a browser's session counts, for changes only on a page of our own that had the session's token",
    .timeLimit(.minutes(20)))
  func cookie() async throws {
    try await with { world, fixture in
      let name = BrowserCookie.session.name(at: fixture.control.environment.site)
      let cookie = ("Cookie", "\(name)=\(world.ada.token)")
      #expect(try await fixture.send(.get, Self.path, headers: [cookie]).status == 200)
      let received = try #require(fixture.region.received.last)
      #expect(received.values("authorization").count == 1)
      #expect(!received.head.contains(world.ada.token))
      #expect(try await fixture.send(.post, Self.path, headers: [cookie], body: "{}").status == 403)
      let own = ("Origin", fixture.control.environment.site.url)
      let browser = BrowserSessions(environment: fixture.control.environment)
      let count = fixture.region.received.count
      for strange in [nil, "", "x", browser.formGuard(forSession: world.bob.token).csrf] {
        let headers = [cookie, own] + (strange.map { [("X-CSRF-Token", $0)] } ?? [])
        let refused = try await fixture.send(.post, Self.path, headers: headers, body: "{}")
        #expect(refused.status == 403 && refused.problem == "csrf-token", "\(strange ?? "nothing")")
      }
      #expect(fixture.region.received.count == count)
      let token = browser.formGuard(forSession: world.ada.token).csrf
      let headers = [cookie, own, ("X-CSRF-Token", token)]
      #expect(try await fixture.send(.post, Self.path, headers: headers, body: "{}").status == 200)
      #expect(try #require(fixture.region.received.last).values("x-csrf-token").isEmpty, "it is for this host alone")
      // The token alone opens nothing for another origin.
      let foreign = [cookie, ("Origin", "https://eu.example.com"), ("X-CSRF-Token", token)]
      #expect(try await fixture.send(.post, Self.path, headers: foreign, body: "{}").problem == "foreign-origin")
    }
  }

  private static let board = "https://board.example.com"

  /// A region that would let every origin read everything, cookies and all.
  private static let lavish: RegionDouble.Answering = { _, _ in
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nAccess-Control-Allow-Origin: https://evil.example\r\n"
      + "Access-Control-Allow-Credentials: true\r\nAtoll-Freshness: fresh\r\nContent-Length: 2\r\n\r\n{}"
  }

  @Test(
    "scripts of a listed origin may call regions through here, with a token; a region's word about origins does not count",
    .timeLimit(.minutes(20)))
  func listedOrigin() async throws {
    var settings = GatewaySettings()
    settings.origins = try #require(OriginList(Self.board))
    try await GatewayFixture.with(settings: settings, answering: Self.lavish) { fixture in
      let origin = ("Origin", Self.board)
      let preflight = try await fixture.send(
        .options, Self.path, headers: [origin, ("Access-Control-Request-Method", "PUT")])
      #expect(preflight.status == 204)
      #expect(preflight.headers[.accessControlAllowOrigin] == Self.board)
      #expect(preflight.headers[.accessControlAllowMethods]?.contains("PUT") == true)
      #expect(preflight.headers[.accessControlAllowCredentials] == nil)
      #expect(fixture.region.received.isEmpty, "a preflight is control's own to answer")
      let token = ("Authorization", "Bearer \(APITokenFormat.mint(for: fixture.eu.name))")
      let answer = try await fixture.send(.get, Self.path, headers: [origin, token])
      #expect(answer.status == 200)
      #expect(answer.headers[values: .accessControlAllowOrigin] == [Self.board])
      #expect(answer.headers[.accessControlAllowCredentials] == nil)
      #expect(answer.headers[.accessControlExposeHeaders]?.contains("Atoll-Region-URL") == true)
      #expect(answer.headers[.vary] == "Origin")
      // A refusal is readable as well.
      let lost = try await fixture.send(.get, "/api/0/organizations/nobody/", headers: [origin, token])
      #expect(lost.status == 404 && lost.headers[.accessControlAllowOrigin] == Self.board)
      // The cookie of a person who is logged in here opens nothing for a listed script either.
      let name = BrowserCookie.session.name(at: fixture.control.environment.site)
      let person = try await fixture.control.person("ada@example.com")
      for method in [HTTPRequest.Method.get, .post] {
        let cookie = try await fixture.send(
          method, Self.path, headers: [origin, ("Cookie", "\(name)=\(person.token)")])
        #expect(cookie.status == 403 && cookie.problem == "foreign-origin")
      }
    }
  }

  @Test("scripts of every other origin, and of all where none is listed, get no permission", .timeLimit(.minutes(20)))
  func otherOrigins() async throws {
    var settings = GatewaySettings()
    settings.origins = try #require(OriginList(Self.board))
    for settings in [settings, GatewaySettings()] {
      try await GatewayFixture.with(settings: settings, answering: Self.lavish) { fixture in
        let token = ("Authorization", "Bearer \(APITokenFormat.mint(for: fixture.eu.name))")
        for origin in ["https://evil.example", "https://board.example.com.evil.example", "null"] {
          for method in [HTTPRequest.Method.get, .options] {
            let answer = try await fixture.send(
              method, Self.path, headers: [("Origin", origin), token, ("Access-Control-Request-Method", "GET")])
            #expect(answer.headers[.accessControlAllowOrigin] == nil)
            #expect(answer.headers[.accessControlAllowCredentials] == nil)
          }
        }
      }
    }
  }

  @Test("an API token passes to its own region and nowhere else", .timeLimit(.minutes(20))) func apiToken() async throws
  {
    try await with { _, fixture in
      let own = APITokenFormat.mint(for: try RegionName("eu"))
      #expect(try await fixture.send(.get, Self.path, headers: [("Authorization", "Bearer \(own)")]).status == 200)
      #expect(fixture.region.received.last?.values("authorization") == ["Bearer \(own)"])
      let other = APITokenFormat.mint(for: try RegionName("us"))
      let answer = try await fixture.send(.get, Self.path, headers: [("Authorization", "Bearer \(other)")])
      #expect(answer.status == 401)
      #expect(answer.problem == "credential-of-another-region")
      let operatorToken = TokenFormat.operatorToken.mint()
      let refused = try await fixture.send(.get, Self.path, headers: [("Authorization", "Bearer \(operatorToken)")])
      #expect(refused.problem == "credential-not-for-regions")
      #expect(fixture.region.received.count == 1)
    }
  }

  @Test("the application's own credentials pass as they are", .timeLimit(.minutes(20))) func foreign() async throws {
    try await with { _, fixture in
      for value in ["Bearer sntrys_something", "Basic dXNlcjpwYXNz", "Token abc"] {
        _ = try await fixture.send(.get, Self.path, headers: [("Authorization", value)])
        #expect(fixture.region.received.last?.values("authorization") == [value])
      }
      _ = try await fixture.send(.get, Self.path)
      #expect(fixture.region.received.last?.values("authorization") == [])
    }
  }
}
