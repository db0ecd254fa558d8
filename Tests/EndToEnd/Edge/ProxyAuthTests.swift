import FoundationEssentials
import NIOHTTP1
import SyncProtocol
import Testing
import TestSupport

@testable import atoll

/// `/auth/verify` asked by the proxies that people run, with the configuration that the guide gives them.
@Suite("The agent behind real proxies", .serialized)
struct ProxyAuthTests {
  private struct Scene {
    let islands: Islands
    let person: Person
    let organization: Person.Organization
    let browser: RedirectFollower
    let stranger: RedirectFollower
    let token: String
    let region: String
    let verify: Int
  }

  @Test("nginx, Caddy, Envoy and Traefik let in whom the region lets in, as whom it says, and nobody else")
  func whole() async throws {
    let proxies = RealProxy.allCases.compactMap { proxy in proxy.program.map { (proxy, $0) } }
    for proxy in RealProxy.allCases where proxy.program == nil {
      Console.note("\(proxy.rawValue) is not there (scripts/proxies.sh): not tried")
    }
    guard !proxies.isEmpty else { return }
    try await Islands.run(regions: ["eu"]) { islands in
      let scene = try await Self.scene(islands)
      try await RecordingServer.with { application in
        for (proxy, program) in proxies {
          let places = RealProxy.Places(
            proxy: try Islands.freePorts(1), agent: String(scene.region.dropFirst("http://".count)),
            verify: scene.verify, application: application.port, organization: scene.organization.slug,
            folder: islands.layout.root)
          try await proxy.with(program, places) { url in
            _ = application.take()
            try await Self.admits(proxy, scene, url, application)
            try await Self.refuses(proxy, scene, url, application)
            try await Self.names(proxy, scene, url, application)
          }
        }
        await islands.archipelago.process(of: try islands.region("eu"))?.stop()
        for (proxy, program) in proxies {
          let places = RealProxy.Places(
            proxy: try Islands.freePorts(1), agent: String(scene.region.dropFirst("http://".count)),
            verify: scene.verify, application: application.port, organization: scene.organization.slug,
            folder: islands.layout.root)
          try await proxy.with(program, places) { url in
            let page = try await scene.browser.open(url + "/app", following: false)
            #expect(page.status >= 400, "\(proxy) lets in without an agent")
            #expect(application.take().isEmpty, "\(proxy) lets in without an agent")
          }
        }
      }
    }
  }

  private static func scene(_ islands: Islands) async throws -> Scene {
    let eu = try islands.region("eu")
    let verify = try Islands.freePorts(1)
    await islands.archipelago.process(of: eu)?.stop()
    try await islands.archipelago.start(eu, variables: ["ATOLL_VERIFY_LISTEN": "127.0.0.1:\(verify)"])
    let person = try await Person.signUp(islands)
    let organization = try await person.createOrganization(region: "eu")
    let other = try await Person.signUp(islands, name: "Bob")
    _ = try await other.createOrganization(region: "eu")
    let region = islands.layout.url(of: eu)
    func browser(_ person: Person) async throws -> RedirectFollower {
      let browser = RedirectFollower()
      browser.set("atoll", person.session.token ?? "")
      _ = try await browser.open(region + "/auth/login?return_to=/auth/keys")
      return browser
    }
    let made = try await person.session.call(
      .POST, "/api/v1/api-tokens", ["organization": .string(organization.id), "name": "ci", "scopes": ["org:read"]])
    let token = try made.field("token").string()
    let scene = Scene(
      islands: islands, person: person, organization: organization, browser: try await browser(person),
      stranger: try await browser(other), token: token, region: region, verify: verify)
    try await eventually("the token has arrived") {
      try await RedirectFollower().open(
        region + "/api/0/organizations/\(organization.slug)/", headers: [("authorization", "Bearer \(token)")]
      ).status == 200
    }
    return scene
  }

  private static func admits(
    _ proxy: RealProxy, _ scene: Scene, _ url: String, _ application: RecordingServer
  ) async throws {
    var page = try await scene.browser.open(url + "/app/x?y=%2F&z", following: false)
    #expect(page.status == 200, "\(proxy): \(page.text)")
    var seen = try #require(application.take().last)
    #expect(seen.target == "/app/x?y=%2F&z")
    var claims = try Self.claims(seen)
    #expect(try claims.field("sub").string() == scene.person.id)
    #expect(try claims.field("org_slug").string() == scene.organization.slug)
    #expect(try claims.field("htm").string() == "GET" && claims.field("htu").string() == "/app/x")
    #expect(try claims.field("role").string() == "owner" && claims.field("credential").string() == "session")

    page = try await RedirectFollower().open(url + "/app", headers: [("authorization", "Bearer \(scene.token)")])
    #expect(page.status == 200, "\(proxy): \(page.text)")
    seen = try #require(application.take().last)
    #expect(try Self.claims(seen).field("credential").string() == "api_token")

    page = try await scene.browser.open(
      url + "/change", .POST, headers: [("origin", scene.region), ("content-length", "0")], following: false)
    #expect(page.status == 200, "\(proxy): \(page.text)")
    seen = try #require(application.take().last)
    claims = try Self.claims(seen)
    #expect(try claims.field("htm").string() == "POST" && claims.field("htu").string() == "/change")
    #expect(seen.method == "POST")
  }

  private static func refuses(
    _ proxy: RealProxy, _ scene: Scene, _ url: String, _ application: RecordingServer
  ) async throws {
    let nobody = try await RedirectFollower().open(url + "/app?x=1", following: false)
    if proxy == .nginx {
      #expect(nobody.status == 303)
      #expect(nobody.headers.first(name: "location")?.hasSuffix("/auth/login?return_to=/app?x=1") ?? false)
    } else {
      #expect(nobody.status == 401, "\(proxy)")
    }
    let cases: [(RedirectFollower, HTTPMethod, [(String, String)])] = [
      (scene.stranger, .GET, []),
      (scene.browser, .POST, [("origin", "http://other.test")]),
      (RedirectFollower(), .GET, [("authorization", "Bearer \(scene.token)x")]),
      (RedirectFollower(), .GET, [("x-original-uri", "/auth/keys"), ("x-forwarded-uri", "/auth/keys")]),
    ]
    for (browser, method, headers) in cases {
      let page = try await browser.open(url + "/app", method, headers: headers, following: false)
      #expect([401, 403, 303].contains(page.status), "\(proxy) \(headers): \(page.status) \(page.text)")
    }
    #expect(application.take().isEmpty, "\(proxy) let somebody in")
  }

  /// What a client may write into headers and paths to be taken for somebody else, or for another request.
  private static func names(
    _ proxy: RealProxy, _ scene: Scene, _ url: String, _ application: RecordingServer
  ) async throws {
    for name in ["Atoll-Identity", "atoll_identity", "ATOLL.IDENTITY", "Atoll-Forward"] {
      for browser in [scene.browser, RedirectFollower()] {
        _ = try await browser.open(url + "/app", headers: [(name, "forged")], following: false)
        for seen in application.take() {
          #expect(browser === scene.browser, "\(proxy) let in nobody by \(name)")
          #expect(!seen.headers.contains { $0.value.contains("forged") }, "\(proxy) passed \(name) on")
          #expect(try Self.claims(seen).field("sub").string() == scene.person.id)
        }
      }
    }
    guard let port = Int(url.split(separator: ":").last ?? "") else { return }
    let cookies = scene.browser.cookies.map { "\($0)=\($1)" }.joined(separator: "; ")
    for target in ["/a/../b", "/a/%2e%2e/b", "/a%2Fb", "//a", "/a//b", "/a;x/b", "/A%c3%a9", "/auth/../app", "/app/."] {
      let answer = try await RawConnection.with(port: port) { connection in
        try await connection.send(
          "GET \(target)?q HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nCookie: \(cookies)\r\nConnection: close\r\n\r\n")
        return await connection.response()
      }
      #expect(answer != nil, "\(proxy) \(target)")
      for seen in application.take() {
        #expect(
          try Self.claims(seen).field("htu").string() == String(seen.target.prefix { $0 != "?" }),
          "\(proxy) passes another path on than it asked about")
      }
    }
  }

  /// What the application is told, by exactly one header.
  private static func claims(_ seen: RecordingServer.Seen) throws -> JSONReader {
    let told = seen.headers.filter { field in
      field.name.lowercased().replacing("_", with: "-").replacing(".", with: "-").hasPrefix("atoll-")
    }
    #expect(told.map { $0.name.lowercased() } == ["atoll-identity"])
    let parts = try #require(told.first).value.split(separator: ".")
    try #require(parts.count == 3)
    return JSONReader(try JSONParser.parse(try #require(Base64.decode(parts[1].utf8))))
  }
}
