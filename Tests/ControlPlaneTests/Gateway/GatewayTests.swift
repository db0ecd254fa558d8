import HTTPTypes
import Silo
import Synchronization
import SyncProtocol
import Testing
import Web

@testable import ControlPlane

@Suite("the gateway") struct GatewayTests {
  @Test("a request reaches its organization's region as it came, with signed routing", .timeLimit(.minutes(20)))
  func routes() async throws {
    try await GatewayFixture.with { fixture in
      let id = try #require(GatewayFixture.organization).description
      for path in [
        "/api/0/organizations/acme/issues/?query=is%3Aopen&cursor=0:100:0", "/api/0/organizations/\(id)/",
        "/api/0/projects/acme/web/keys/", "/api/0/organizations/old-acme/members/",
      ] {
        let answer = try await fixture.send(.get, path)
        #expect(answer.status == 200, "\(path)")
        #expect(answer.headers[try #require(.init("Atoll-Region-URL"))] == fixture.eu.url)
        #expect(answer.headers[.xContentTypeOptions] == "nosniff")
        #expect(answer.headers[.contentSecurityPolicy] == "sandbox; default-src 'none'")
        let received = try #require(fixture.region.received.last)
        #expect(received.line == "GET \(path) HTTP/1.1")
        let routing = try fixture.routing(received)
        #expect(routing.organization == id)
        #expect(routing.generation == 3)
        #expect(received.values("x-request-id") == [routing.request])
        #expect(received.values("x-forwarded-for") == [routing.client])
        #expect(received.values("forwarded").count == 1 && received.values("forwarded")[0].hasPrefix("for="))
      }
      #expect(try await fixture.send(.get, "/api/v1/mine").status == 200)
      #expect(fixture.region.received.count == 4)
    }
  }

  @Test("metrics and traces see the pattern of a path, whoever answers", .timeLimit(.minutes(20))) func observed()
    async throws
  {
    let routes = Mutex<[String]>([])
    let observer = WebObserver { event in
      if case .answered(_, let route, let status, _) = event {
        routes.withLock { $0.append("\(route ?? "none") \(status)") }
      }
    }
    try await GatewayFixture.with(observer: observer) { fixture in
      for path in [
        "/api/0/organizations/acme/issues/", "/api/0/organizations/nobody/", "/api/0/users/me/",
        "/api/0/organizations/acme/%2e%2e/", "/api/v1/mine",
      ] { _ = try await fixture.send(.get, path) }
      #expect(
        routes.withLock { $0 } == [
          "/api/0/organizations/{organization}/** 200", "/api/0/organizations/{organization}/** 404", "/api/** 404",
          "/api/0/organizations/{organization}/** 400", "/api/v1/mine 200",
        ])
    }
  }

  @Test("methods and bodies pass, and the answer's status and body come back", .timeLimit(.minutes(20)))
  func methods() async throws {
    try await GatewayFixture.with(answering: { received, _ in
      "HTTP/1.1 418 Teapot\r\nContent-Type: application/json\r\nContent-Length: \(received.body.utf8.count)\r\n\r\n"
        + received.body
    }) { fixture in
      for method: HTTPRequest.Method in [.post, .put, .patch, .delete] {
        let answer = try await fixture.send(method, "/api/0/organizations/acme/x/", body: "{\"a\":1}")
        #expect(answer.status == 418)
        #expect(answer.bytes == Array("{\"a\":1}".utf8))
        #expect(fixture.region.received.last?.line == "\(method) /api/0/organizations/acme/x/ HTTP/1.1")
      }
    }
  }

  @Test("what nobody knows is 404, or the default region's, which is counted", .timeLimit(.minutes(20)))
  func unknown() async throws {
    try await GatewayFixture.with { fixture in
      for path in ["/api/0/organizations/nobody/", "/api/0/users/me/", "/api/0/organizations/NOBODY/", "/api/0/"] {
        #expect(try await fixture.send(.get, path).status == 404, "\(path)")
      }
      #expect(fixture.region.received.isEmpty)
      fixture.change(isDefault: true)
      #expect(try await fixture.send(.get, "/api/0/organizations/nobody/").status == 200)
      let routing = try fixture.routing(fixture.region.received.last)
      #expect(routing.organization == nil)
      #expect(routing.generation == 0)
      #expect(try await fixture.send(.get, "/api/0/organizations/acme/").status == 200)
      #expect(try fixture.routing(fixture.region.received.last).organization != nil)
    }
  }

  @Test("a slug in other letters leads to the one that is meant, and nothing is passed on", .timeLimit(.minutes(20)))
  func spellings() async throws {
    try await GatewayFixture.with { fixture in
      for (path, location) in [
        (
          "/api/0/organizations/ACME/issues/?query=is%3Aopen&x=A",
          "/api/0/organizations/acme/issues/?query=is%3Aopen&x=A"
        ),
        ("/api/0/projects/Acme/Web/keys/", "/api/0/projects/acme/Web/keys/"),
        ("/api/0/organizations/%41c%6de/", "/api/0/organizations/acme/"),
        ("/api/0/organizations/%EF%BC%A1cme/", "/api/0/organizations/acme/"),
        ("/api/0/organizations/OLD-Acme/a%2Fb/", "/api/0/organizations/old-acme/a%2Fb/"),
      ] {
        for method: HTTPRequest.Method in [.get, .post] {
          let answer = try await fixture.send(method, path, body: method == .post ? "{}" : nil)
          #expect(answer.status == 308, "\(path)")
          #expect(answer.headers[.location] == location)
          #expect(answer.problem == "slug-spelling")
        }
        #expect(try await fixture.send(.get, location).status == 200)
      }
      #expect(fixture.region.received.count == 5)
      for path in [
        "/api/0/organizations/acm%C3%A9/", "/api/0/organizations/%D0%B0cme/", "/api/0/organizations/acme%00/",
        "/api/0/organizations/acme%zz/", "/api/0/organizations/acme%FF/", "/api/0/organizations/acme%20/",
        "/api/0/organizations/\(String(repeating: "A", count: 400))/",
      ] { #expect(try await fixture.send(.get, path).status == 404, "\(path)") }
    }
  }

  @Test(
    "a WebSocket is refused with the region's own address, another protocol that would be welcome is left out",
    .timeLimit(.minutes(20)))
  func upgrades() async throws {
    try await GatewayFixture.with { fixture in
      for value in ["websocket", "WebSocket", "h2c, websocket"] {
        let answer = try await fixture.send(
          .get, "/api/0/organizations/acme/live/",
          headers: [("Upgrade", value), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")])
        #expect(answer.status == 501)
        #expect(answer.problem == "upgrade-not-passed")
        #expect(try answer.text("region_url") == fixture.eu.url)
      }
      #expect(fixture.region.received.isEmpty)
      let other = try await fixture.send(.get, "/api/0/organizations/acme/", headers: [("Upgrade", "h2c")])
      #expect(other.status == 200)
      #expect(fixture.region.received.first?.values("upgrade") == [])
    }
  }

  @Test("paths that two servers could read differently are refused", .timeLimit(.minutes(20)))
  func paths() async throws {
    try await GatewayFixture.with { fixture in
      for path in [
        "/api/0/organizations/acme/../../v1/", "/api/0/organizations/acme/%2e%2e/x", "/api/0//organizations/acme/",
        "/api/0/organizations/acme/.%2E/", "/api/0/organizations/acme/./", "/api/0/organizations/acme\\x/",
      ] {
        let answer = try await fixture.send(.get, path)
        #expect(answer.status == 400, "\(path)")
      }
      let long = "/api/0/organizations/acme/" + String(repeating: "a", count: 9000)
      #expect(try await fixture.send(.get, long).status == 414)
      #expect(try await fixture.send(.get, "/api/0/organizations/acme%2Fx/").status == 404)
      #expect(fixture.region.received.isEmpty)
      #expect(try await fixture.send(.get, "/api/0/organizations/acme/a%2Fb/").status == 200)
    }
  }

  @Test("nothing that a caller says of itself or of Atoll goes in", .timeLimit(.minutes(20))) func inwards()
    async throws
  {
    try await GatewayFixture.with { fixture in
      _ = try await fixture.send(
        .get, "/api/0/organizations/acme/",
        headers: [
          ("Cookie", "session=1"), ("Forwarded", "for=1.2.3.4"), ("X-Real-IP", "1.2.3.4"),
          ("X_Forwarded_For", "6.6.6.6"),
          ("X-Forwarded-Host", "evil"), ("Atoll-Identity", "forged"), ("Atoll_Identity", "forged"),
          ("Atoll-Forward", "organization=\"x\""), ("Signature", "forward=:AAAA:"), ("Signature-Input", "forward=()"),
          ("Sync-Audience", "9"), ("X-Request-Id", "mine"), ("X-Kept", "1"), ("X-Http-Method-Override", "DELETE"),
        ])
      let received = try #require(fixture.region.received.last)
      for name in [
        "cookie", "x-real-ip", "x_forwarded_for", "atoll-identity", "atoll_identity",
        "x-http-method-override",
      ] { #expect(received.values(name) == [], "\(name)") }
      for name in [
        "atoll-forward", "signature", "signature-input", "sync-audience", "x-request-id", "x-forwarded-host",
      ] {
        #expect(received.values(name).count == 1, "\(name)")
      }
      #expect(received.values("x-forwarded-host") != ["evil"])
      #expect(received.values("forwarded") == [#"for=unknown;host="localhost";proto=http"#])
      #expect(received.values("x-kept") == ["1"])
      _ = try fixture.routing(received)
    }
  }

  @Test("nothing that could read, set or run anything on the login host comes out", .timeLimit(.minutes(20)))
  func outwards() async throws {
    let more =
      "Set-Cookie: a=b\r\nClear-Site-Data: \"*\"\r\nService-Worker-Allowed: /\r\nRefresh: 0; url=/\r\nAlt-Svc: h3=\":1\"\r\n"
      + "Report-To: {}\r\nContent-Security-Policy: default-src *\r\nAccess-Control-Allow-Origin: *\r\nX-Any: 1\r\n"
      + "WWW-Authenticate: Basic realm=\"login\"\r\nETag: \"e\"\r\nAtoll-Sync-Token: t\r\nAtoll-Identity: x\r\n"
    try await GatewayFixture.with(answering: { _, _ in RegionDouble.ok("{}", more) }) { fixture in
      let headers = try await fixture.send(.get, "/api/0/organizations/acme/").headers
      for name in [
        "Set-Cookie", "Clear-Site-Data", "Service-Worker-Allowed", "Refresh", "Alt-Svc", "Report-To",
        "Access-Control-Allow-Origin", "X-Any", "Atoll-Identity",
      ] { #expect(!headers.contains { $0.name.canonicalName == name.lowercased() }, "\(name)") }
      #expect(headers[values: .contentSecurityPolicy] == ["sandbox; default-src 'none'"])
      #expect(headers[.wwwAuthenticate] == "Bearer")
      #expect(headers[.eTag] == "\"e\"")
      #expect(headers[try #require(.init("Atoll-Sync-Token"))] == "t")
    }
  }

  @Test("a page or a script from a region becomes 502", .timeLimit(.minutes(20))) func pages() async throws {
    try await GatewayFixture.with(answering: { received, _ in
      let type = received.values("x-type").first ?? ""
      return "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: 9\r\n\r\n<script/>"
    }) { fixture in
      for type in [
        "text/html", "text/html; charset=utf-8", "application/javascript", "image/svg+xml", "text/plain, text/html",
      ] {
        let answer = try await fixture.send(.get, "/api/0/organizations/acme/", headers: [("X-Type", type)])
        #expect(answer.status == 502, "\(type)")
        #expect(answer.problem == "answer-not-data")
        #expect(!String(decoding: answer.bytes, as: UTF8.self).contains("<script"))
      }
      #expect(
        try await fixture.send(.get, "/api/0/organizations/acme/", headers: [("X-Type", "text/plain")]).status == 200)
    }
  }

  @Test("a redirect leads to the region or to paths of regions, or nowhere", .timeLimit(.minutes(20)))
  func locations() async throws {
    try await GatewayFixture.with(answering: { received, _ in
      "HTTP/1.1 302 Found\r\nLocation: \(received.values("x-to").first ?? "")\r\nContent-Length: 0\r\n\r\n"
    }) { fixture in
      func status(_ location: String) async throws -> Int {
        try await fixture.send(.get, "/api/0/organizations/acme/", headers: [("X-To", location)]).status
      }
      for location in [
        fixture.eu.url, fixture.eu.url + "/files/1", "/api/0/organizations/acme/issues/",
        "/api/0/organizations/acme/?cursor=1",
      ] {
        let status = try await status(location)
        #expect(status == 302, "\(location)")
      }
      for location in [
        "https://evil.example/", "//evil.example/", "/login", "/oauth/authorize?client_id=x", "javascript:alert(1)",
        fixture.eu.url + ".evil.example/", fixture.eu.url + "@evil.example/", "/api/v1/me", "/\\evil.example",
        "/api/0/organizations/acme/../../../login", "relative",
      ] { #expect(try await status(location) == 502, "\(location)") }
    }
  }

  @Test("a policy sends callers to the region itself, or away", .timeLimit(.minutes(20))) func policies() async throws {
    try await GatewayFixture.with { fixture in
      fixture.change(gateway: .redirect)
      let answer = try await fixture.send(.post, "/api/0/organizations/acme/x/?a=b", body: "{}")
      #expect(answer.status == 307)
      #expect(answer.headers[.location] == fixture.eu.url + "/api/0/organizations/acme/x/?a=b")
      fixture.change(gateway: .refused)
      let refused = try await fixture.send(.get, "/api/0/organizations/acme/")
      #expect(refused.status == 403)
      #expect(refused.problem == "gateway-refused")
      #expect(try refused.text("region_url") == fixture.eu.url)
      fixture.change(state: .revoked)
      #expect(try await fixture.send(.get, "/api/0/organizations/acme/").status == 503)
      #expect(fixture.region.received.isEmpty)
    }
  }
}
