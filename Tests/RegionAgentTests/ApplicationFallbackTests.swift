import FoundationEssentials
import HTTPTypes
import Hummingbird
import Outbox
import Postgres
import Silo
import Synchronization
import SyncProtocol
import Testing
import Web

@testable import RegionAgent

@Suite("What the agent has no route for goes to the application")
struct ApplicationFallbackTests {
  private typealias Routing = WayInFixture.Routing

  @Test("with a verified word on who asks, directly and through a gateway, by session, token and API token")
  func identity() async throws {
    try await WayInFixture.with { way in
      let (id, owner, _) = try await way.region.organization()
      let token = try way.region.token(owner, id)
      let path = "/api/0/organizations/acme/issues/7/?query=a%20b"
      let answer = try await way.direct(.post, path, token: token, body: ["title": "x"])
      #expect(answer.status == 200)
      #expect(answer["application"] == true)
      #expect(answer.headers[.atollFreshness]?.hasPrefix("fresh") ?? false)
      let seen = try #require(way.application.last)
      #expect(seen.method == "POST")
      #expect(seen.path == path)
      #expect(String(decoding: seen.body, as: UTF8.self) == #"{"title":"x"}"#)
      let claims = try way.identity()
      #expect(try claims.text("sub") == owner.description)
      #expect(try claims.text("org") == id.description)
      #expect(try claims.text("role") == "owner")
      #expect(try claims.text("htm") == "POST")
      #expect(try claims.text("htu") == "/api/0/organizations/acme/issues/7/")

      // A slug that is nobody's here: the id that the gateway signed decides.
      let routed = try await way.routed(
        .get, "/api/0/projects/old/web/events/", Routing(organization: id), token: token)
      #expect(routed.status == 200)
      #expect(try way.identity().text("org") == id.description)
      #expect(way.application.last?.headers[.forwardedFor] == "203.0.113.9")
      #expect(way.application.last?.headers[try #require(HTTPField.Name("X-Request-Id"))] == "r-1")

      let session = try await way.region.session(of: owner)
      let cookies = "theme=dark; \(way.login.site.sessionCookie)=\(session); other=1"
      #expect(try await way.direct(.get, "/t/acme/board", headers: [.cookie: cookies]).status == 200)
      #expect(try way.identity().text("credential") == "session")
      #expect(way.application.last?.headers[.cookie] == "theme=dark; other=1")
      let forged = try await way.direct(.post, "/t/acme/board", headers: [.cookie: cookies])
      #expect(forged.problem == "foreign-origin")

      let api = try await way.region.receiveAPIToken(of: owner, id, scopes: ["app:deploy"])
      #expect(try await way.direct(.get, "/anything", token: api).status == 200)
      #expect(try way.identity().text("scope") == "app:deploy")
      #expect(way.application.last?.headers[.authorization] == nil)
    }
  }

  @Test("only for members, only now, and never without a decision")
  func refusals() async throws {
    try await WayInFixture.with { way in
      let (id, owner, _) = try await way.region.organization()
      let (other, _, _) = try await way.region.organization(slug: "other")
      let stranger = try await way.region.receiveUser()
      let path = "/api/0/organizations/acme/issues/"
      #expect(try await way.direct(.get, path).status == 401)
      #expect(try await way.direct(.get, path, token: "x").status == 401)
      #expect(try await way.direct(.get, path, headers: [.authorization: "Basic eDp5"]).status == 401)
      #expect(try await way.direct(.get, path, token: try way.region.token(stranger, id)).status == 404)
      #expect(try await way.direct(.get, path, token: try way.region.token(.new(), id)).status == 503)
      let foreign = try way.region.token(owner, other)
      #expect(try await way.direct(.get, path, token: foreign).status == 404)
      #expect(try await way.routed(.get, path, Routing(organization: id), token: foreign).status == 404)
      // A gateway that names another organization than the path does not make the caller its member.
      let token = try way.region.token(owner, id)
      #expect(try await way.routed(.get, path, Routing(organization: other), token: token).status == 404)
      try await way.region.receiveStatus(of: owner, status: "suspended")
      #expect(try await way.direct(.get, path, token: token).problem == "account-suspended")
      try await way.region.receiveStatus(of: owner)
      try await way.region.receiveFreshness(secondsAgo: 9 * 86_400)
      let old = try await way.direct(.get, path, token: token)
      #expect(old.problem == "knowledge-too-old")
      #expect(old.headers[.atollFreshness]?.hasPrefix("closed") ?? false)
      for reserved in ["/auth/nothing", "/api/v1/nothing", "/sync/v1/nothing", "/health/x", "/ready/x"] {
        #expect(try await way.direct(.get, reserved).problem == "no-such-route", "\(reserved)")
      }
      #expect(way.application.count == 0)
    }
  }

  @Test("without anything that a client says in Atoll's name, in every spelling, and without a false origin")
  func headers() async throws {
    try await WayInFixture.with { way in
      var headers = HTTPFields()
      let names = [
        "Atoll-Identity", "atoll_identity", "Atoll.Identity", "ATOLL_FRESHNESS", "Atoll-Sync-Token", "Atoll-Home",
        "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP",
      ]
      for name in names { if let name = HTTPField.Name(name) { headers[name] = "forged" } }
      let own = try #require(HTTPField.Name("X-Own"))
      headers[own] = "kept"
      headers[.authorization] = "Basic b3duOm93bg=="
      #expect(try await way.direct(.get, "/open/page?x", headers: headers).status == 200)
      let seen = try #require(way.application.last)
      #expect(!seen.headers.contains { $0.value == "forged" })
      #expect(!seen.headers.contains { $0.name.canonicalName.hasPrefix("atoll") })
      #expect(seen.headers[own] == "kept")
      #expect(seen.headers[.authorization] == "Basic b3duOm93bg==", "the application's own credential")
      #expect(seen.headers[try #require(HTTPField.Name("X-Forwarded-Proto"))] == "https")
      #expect(seen.headers[values: ForwardedField.name].count == 1)
      #expect(seen.headers[ForwardedField.name]?.hasSuffix("proto=https") ?? false)
      for token in ["atl_org_eu_x", "atls_x", TokenFormat.browserSession.mint()] {
        #expect(try await way.direct(.get, "/open/page", token: token).status == 401)
      }
      #expect(way.application.count == 1)
    }
  }

  @Test("and answers without a cookie or a field that is the agent's to give")
  func answers() async throws {
    try await WayInFixture.with { way in
      way.application.answers.withLock { fields in
        for cookie in [
          "__Host-atoll-session=x; Path=/; Secure", " __host-ATOLL-session=x", "=__Host-atoll-session=x",
          "own=1; Path=/",
          "atoll-session-eu=x",
        ] {
          fields.append(HTTPField(name: .setCookie, value: cookie))
        }
        for name in ["Atoll-Home", "Atoll-Freshness", "atoll_forward_refused", "X-Own"] {
          if let name = HTTPField.Name(name) { fields[name] = "forged" }
        }
      }
      let answer = try await way.direct(.get, "/open")
      #expect(answer.headers[values: .setCookie] == ["own=1; Path=/"])
      let names = answer.headers.filter { $0.value == "forged" }.map(\.name.canonicalName)
      #expect(names == ["x-own"])
    }
  }

  @Test(
    "by one reading of a path: what reads otherwise once decoded is refused",
    arguments: [
      "/api/0/organizations/acme/../other/issues", "/api/0/organizations/acme/%2e%2e/other/issues",
      "/api/0/organizations/acme/x%2f..%2f..%2fother/issues", "/api%2f0/organizations/acme/issues",
      "/api/0/organizations/acme%2fother/issues", "/api/0/organizations/acm%65/issues", "/t/acme/..%5cother",
      "/open/%2e%2e/t/acme/board", "/open/..;/x/../t/acme", "/a//b/c", "/t//acme/board", "/t/acme/%00",
      "/t/acme/%0d%0aX",
      "/t/acme/%zz", "/t/acme/%", "/t/acme/./x", "/t/acme/%252e%252e/other", "/%61uth/login", "/api/%34%32/envelope/",
      "/T/acme/board", "/t;x=1/acme/board", "/API/0/Organizations/acme/x", "/Auth/login", "/%54/acme/x",
      "/t/acme/%c0%af", "/t/acme/a\\b",
    ])
  func tricks(path: String) async throws {
    try await WayInFixture.with { way in
      let (id, owner, _) = try await way.region.organization()
      let answer = try await way.direct(.get, path, token: try way.region.token(owner, id))
      #expect(answer.problem == "path-refused", "\(path)")
      #expect(answer.status == 400)
      #expect(way.application.count == 0)
    }
  }

  @Test("paths with harmless escapes go on byte for byte")
  func escapes() async throws {
    try await WayInFixture.with { way in
      let (id, owner, _) = try await way.region.organization()
      let token = try way.region.token(owner, id)
      for path in [
        "/t/acme/a%20b/caf%C3%A9?q=%2e%2e/&r=//", "/t/acme/a%2Fb.js", "/t/acme/", "/t/acme", "/t/acme/100%25",
      ] {
        #expect(try await way.direct(.get, path, token: token).status == 200, "\(path)")
        #expect(way.application.last?.path == path)
        let path = String(path.prefix { $0 != "?" })
        #expect(try way.identity().text("htu") == path)
      }
    }
  }

  @Test("data that comes with a key as its project's, with the key anywhere that SDKs write it")
  func ingest() async throws {
    try await WayInFixture.with { way in
      let (id, owner, _) = try await way.region.organization()
      let (project, key) = try await Self.key(way, id, owner)
      let path = "/api/\(project)/envelope/"
      let header = try #require(HTTPField.Name("X-Sentry-Auth"))
      let auth = "Sentry sentry_version=7, sentry_key=\(key)"
      #expect(try await way.direct(.post, path + "?sentry_key=\(key)").status == 200)
      #expect(try await way.direct(.post, path, headers: [header: auth]).status == 200)
      #expect(way.application.last?.headers[header] == auth)
      #expect(try await way.routed(.post, path, Routing(organization: id), headers: [header: auth]).status == 200)
      let claims = try way.identity()
      #expect(try claims.text("credential") == "project_key")
      #expect(try claims.text("org") == id.description)
      #expect(try claims.text("project_number") == project)
      let person = try claims.optionalText("sub")
      #expect(person == nil)
      let dsn: JSONValue = ["dsn": .string("https://\(key)@eu.example.com/\(project)")]
      #expect(try await way.direct(.post, path, body: dsn).status == 200)
      #expect(way.application.last?.body == JSONWriter.write(dsn), "the line that was looked at is not lost")
    }
  }

  @Test("but not with a wrong key or project, a key switched off or of another organization, or none")
  func ingestRefusals() async throws {
    try await WayInFixture.with { way in
      let (id, owner, _) = try await way.region.organization()
      let (other, otherOwner, _) = try await way.region.organization(slug: "other")
      let (project, key) = try await Self.key(way, id, owner)
      let (otherProject, otherKey) = try await Self.key(way, other, otherOwner, slug: "other")
      func ask(_ project: String, _ key: String?, _ routing: Routing? = nil) async throws -> Answer {
        let path = "/api/\(project)/store/" + (key.map { "?sentry_key=\($0)" } ?? "")
        if let routing { return try await way.routed(.post, path, routing) }
        return try await way.direct(.post, path)
      }
      let unknown = String(repeating: "0", count: 32)
      #expect(try await ask(project, nil).problem == "key-missing")
      #expect(try await ask(project, nil).status == 401)
      #expect(try await ask(project, "x").problem == "bad-key")
      #expect(try await ask(project, unknown).problem == "key-refused")
      #expect(try await ask(project, otherKey).problem == "project-mismatch")
      #expect(try await ask("1", key).problem == "project-mismatch")
      #expect(try await ask(otherProject, otherKey, Routing(organization: id)).problem == "key-refused")
      #expect(way.application.count == 0)
      #expect(try await ask(project, key).status == 200)
      try await way.region.client.execute("UPDATE region.project_key SET status = 'disabled' WHERE public_key = \(key)")
      #expect(try await ask(project, key).problem == "key-refused")
      #expect(try await ask(project, key).status == 403)
      try await way.region.client.execute("DELETE FROM region.project_key WHERE public_key = \(otherKey)")
      #expect(try await ask(otherProject, otherKey).problem == "key-refused")
      #expect(way.application.count == 1)
    }
  }

  @Test("a browser that shows nobody is sent to log in and back; a program is told")
  func browsers() async throws {
    try await WayInFixture.with { way in
      let (_, _, _) = try await way.region.organization()
      let page = try await way.direct(.get, "/t/acme/board?x=1&y", headers: [.accept: "text/html,*/*"])
      #expect(page.status == 303)
      #expect(page.headers[.location] == "/auth/login?return_to=%2Ft%2Facme%2Fboard%3Fx%3D1%26y")
      for (path, headers) in [
        ("/t/acme/board", [:]), ("/api/0/organizations/acme/issues", [.accept: "text/html"]),
        ("/t/acme/board", [.accept: "text/html", .authorization: "Bearer x"]),
      ] as [(String, HTTPFields)] {
        #expect(try await way.direct(.get, path, headers: headers).status == 401)
      }
      #expect(try await way.direct(.post, "/t/acme/board", headers: [.accept: "text/html"]).status == 401)
      #expect(way.application.count == 0)
    }
  }

  @Test("an application that is away is 502 with the agent's own routes going on, and the state says so")
  func away() async throws {
    try await WayInFixture.with(away: true) { way in
      let (id, owner, _) = try await way.region.organization()
      let token = try way.region.token(owner, id)
      #expect(way.state.isReachable == nil)
      let answer = try await way.direct(.get, "/api/0/organizations/acme/issues/", token: token)
      #expect(answer.status == 502)
      #expect(answer.problem == "upstream-unreachable")
      #expect(way.state.isReachable == false)
      #expect(try await way.direct(.get, "/api/0/organizations/acme/", token: token).status == 200)
    }
  }

  @Test("what a gateway signed for an organization is that organization's, wherever its path leads")
  func routedOpenly() async throws {
    try await WayInFixture.with { way in
      let (id, owner, _) = try await way.region.organization()
      let (other, _, _) = try await way.region.organization(slug: "other")
      let token = try await way.region.receiveAPIToken(of: owner, id)
      for path in ["/open/page", "/api/0/teams/acme/core/x"] {
        #expect(try await way.routed(.get, path, Routing(organization: id)).status == 401)
        #expect(try await way.routed(.get, path, Routing(organization: other), token: token).status == 404)
        #expect(way.application.count == 0)
      }
      #expect(try await way.routed(.get, "/open/page", Routing(organization: id), token: token).status == 200)
      #expect(try way.identity().text("org") == id.description)
    }
  }

  @Test("no wrapping of a credential of Atoll's gets it to the application, nor does a claim of a client's")
  func wrapped() async throws {
    try await WayInFixture.with { way in
      let secret = "atl_org_eu_secret"
      let basic = Base64.encode(Array("x:\(secret)".utf8), .standard)
      for value in ["Bearer  \(secret)", "Bearer\t\(secret)", "Basic \(basic)", "Token token=\(secret)", secret] {
        #expect(try await way.direct(.get, "/open", headers: [.authorization: value]).status == 401, "\(value)")
      }
      #expect(way.application.count == 0)
      // Chance within another's token is none of Atoll's.
      #expect(try await way.direct(.get, "/open", headers: [.authorization: "Bearer xatls_y.z"]).status == 200)
      var headers = HTTPFields()
      for name in [
        "X-Forwarded-User", "X-Auth-Request-Email", "Remote-User", "X_Remote_User", "SSL-Client-Cert", "X_Sentry_Auth",
        "X_Request_Id", "X-Authenticated-Userid", "x.forwarded.email",
      ] {
        if let name = HTTPField.Name(name) { headers[name] = "forged" }
      }
      #expect(try await way.direct(.get, "/open", headers: headers).status == 200)
      let seen = try #require(way.application.last)
      #expect(!seen.headers.contains { $0.value == "forged" })
    }
  }

  @Test(
    "one network takes its share of the places and no more; this machine, behind which a proxy may stand, most")
  func places() throws {
    let state = ApplicationState(places: 4, share: 2)
    let first = try #require(ClientAddress("203.0.113.9"))
    let second = try #require(ClientAddress("2001:db8::1"))
    let third = try #require(ClientAddress("2001:db8::2"))
    let own = try #require(ClientAddress("127.0.0.1"))
    var held = [state.place(for: first), state.place(for: first)]
    #expect(held.allSatisfy { $0 != nil })
    #expect(state.place(for: first) == nil)
    held.append(state.place(for: second))
    #expect(state.place(for: third) != nil, "freed at once")
    held.append(state.place(for: .local))
    #expect(held.allSatisfy { $0 != nil })
    #expect(state.place(for: own) == nil, "all are taken")
    held = []
    held = (0..<3).map { state.place(for: $0 == 0 ? .local : own) }
    #expect(held.allSatisfy { $0 != nil })
    #expect(state.place(for: .local) == nil && state.place(for: own) == nil, "a quarter is left to others")
    #expect(state.place(for: first) != nil)
    held = []
    #expect(state.place(for: first) != nil)
  }

  @Test("patterns that name no organization at their end are refused")
  func patterns() {
    for text in [
      "/t/{organization}/", "/t/{organization}", "/t/{organization}/,/o/x/{organization}/", "/{organization}",
    ] {
      #expect(OrganizationPaths(text) != nil, "\(text)")
    }
    for text in [
      "", "t/{organization}", "/t/", "/{organization}/x", "/t/{org}/", "/t/../{organization}", "/%74/{organization}",
    ] {
      #expect(OrganizationPaths(text) == nil, "\(text)")
    }
  }

  /// A project with a key, as its number and public value.
  private static func key(
    _ way: WayInFixture, _ organization: OrganizationID, _ owner: UserID, slug: String = "acme"
  ) async throws -> (project: String, key: String) {
    let token = try way.region.token(owner, organization)
    _ = try await way.direct(
      .post, "/api/0/organizations/\(slug)/projects", token: token, body: ["slug": "web"])
    let key = try await way.direct(.post, "/api/0/projects/\(slug)/web/keys", token: token)
    return (try key.text("project_number"), try key.text("public_key"))
  }
}
