import FoundationEssentials
import NIOHTTP1
import Silo
import SyncProtocol
import Testing

@testable import atoll

@Suite("Login in a region by HTTP, control and the region as processes", .serialized)
struct RegionLoginTests {
  /// A person with an organization in eu, a browser that is logged in at control, and a proxy's view of eu.
  private struct Scene {
    let islands: Islands
    let eu: SiloFolder
    let verifyPort: Int
    let person: Person
    let organization: Person.Organization
    let browser = RedirectFollower()

    var region: String { islands.layout.url(of: eu) }
    var home: String { "/api/0/organizations/\(organization.slug)/" }

    init(_ islands: Islands) async throws {
      self.islands = islands
      eu = try islands.region("eu")
      verifyPort = try Islands.freePorts(1)
      await islands.archipelago.process(of: eu)?.stop()
      try await islands.archipelago.start(eu, variables: ["ATOLL_VERIFY_LISTEN": "127.0.0.1:\(verifyPort)"])
      person = try await Person.signUp(islands)
      organization = try await person.createOrganization(region: "eu")
      browser.set("atoll", person.session.token ?? "")
    }

    var variables: [String: String] { ["ATOLL_VERIFY_LISTEN": "127.0.0.1:\(verifyPort)"] }

    func logIn(to path: String? = nil) async throws -> RedirectFollower.Page {
      try await browser.open("\(region)/auth/login?return_to=\(path ?? home)")
    }

    /// What a proxy hears about a request with this browser's cookies, or with a token.
    func ask(token: String? = nil) async throws -> RedirectFollower.Page {
      var headers = [("x-original-method", "GET"), ("x-original-uri", "/app?x=1")]
      if let token { headers.append(("authorization", "Bearer \(token)")) }
      return try await browser.open(
        "http://127.0.0.1:\(verifyPort)/auth/verify/\(organization.slug)", headers: headers, following: false)
    }

    func apiToken(_ scopes: [String]) async throws -> (id: String, token: String) {
      let made = try await person.session.call(
        .POST, "/api/v1/api-tokens",
        [
          "organization": .string(organization.id), "name": "ci",
          "scopes": .array(scopes.map { JSONValue.string($0) }),
        ])
      return (try made.field("id").string(), try made.field("token").string())
    }

    func restart() async throws {
      await islands.archipelago.process(of: eu)?.crash()
      try await islands.archipelago.start(eu, variables: variables)
    }
  }

  @Test(
    "a person lands logged in, goes on without control and through a restart, and is out within seconds of logging out")
  func whole() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let scene = try await Scene(islands)
      let landed = try await scene.logIn()
      #expect(landed.status == 200, "\(landed.way): \(landed.text)")
      #expect(landed.way.count == 4)
      #expect(landed.headers.first(name: "atoll-freshness")?.hasPrefix("fresh") ?? false)
      let api = try await scene.apiToken(["org:read", "app:deploy"])
      try await eventually("the API token has arrived") { try await scene.ask(token: api.token).status == 200 }
      #expect(try await scene.ask().status == 200)
      try await Self.runApplication(scene)

      await islands.archipelago.process(of: islands.control)?.stop()
      #expect(try await scene.ask().status == 200)
      #expect(try await scene.ask(token: api.token).status == 200)
      try await scene.restart()
      #expect(try await scene.ask().status == 200)
      #expect(try await scene.ask(token: api.token).status == 200)
      #expect(try await scene.browser.open(scene.region + scene.home).status == 200)
      let waiting = try await scene.logIn()
      #expect(waiting.status == 503)
      #expect(waiting.headers.first(name: "retry-after") != nil)
      #expect(waiting.text.contains("New logins have to wait"))

      let board = "https://board.example.com"
      try await islands.archipelago.start(islands.control, variables: ["ATOLL_CORS_ORIGINS": board])
      for (origin, allowed) in [(board, board), ("https://evil.example.com", nil)] {
        let preflight = try await RedirectFollower().open(
          islands.layout.url(of: islands.control) + scene.home, .OPTIONS,
          headers: [("origin", origin), ("access-control-request-method", "GET")], following: false)
        #expect(preflight.headers.first(name: "access-control-allow-origin") == allowed)
      }
      _ = try await scene.person.session.call(.DELETE, "/api/v1/api-tokens/\(api.id)")
      try await eventually("the revoked API token is refused", within: .seconds(20)) {
        try await scene.ask(token: api.token).status == 401
      }
      #expect(try await scene.ask().status == 200)
      let access = try await scene.person.session.call(
        .POST, "/api/v1/tokens", ["organization": .string(scene.organization.id)]
      ).field("access_token").string()
      #expect(try await scene.ask(token: access).status == 200)
      let began = ContinuousClock.now
      _ = try await scene.person.session.send(.POST, "/api/v1/logout", [:])
      try await eventually("the session is refused after logout at control", within: .seconds(5)) {
        try await scene.ask().status == 401
      }
      print("logout at control was refused in the region after \(began.duration(to: .now))")
      try await eventually("the access token of that session is refused too", within: .seconds(5)) {
        try await scene.ask(token: access).status == 401
      }
    }
  }

  @Test("a stranger gets nothing in the region, and a suspended person is out within seconds")
  func strangers() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let scene = try await Scene(islands)
      let bob = try await Person.signUp(islands, name: "Bob")
      let stranger = RedirectFollower()
      stranger.set("atoll", bob.session.token ?? "")
      let page = try await stranger.open(scene.region + "/auth/login?return_to=" + scene.home)
      #expect(!stranger.cookies.keys.contains { $0.hasPrefix("atoll-session") })
      #expect(page.url.hasPrefix(islands.layout.url(of: islands.control)), "left at control's login")
      let start = try await scene.logIn(to: "/")
      #expect(start.text.contains("(\(scene.organization.slug)): owner"), "\(start.way): \(start.text)")
      #expect(try await scene.ask().status == 200)
      let bare = try await scene.browser.open(
        scene.region + "/auth/logout", .POST, headers: [("origin", scene.region)])
      #expect(bare.status == 403, "without the form's token")
      let asked = try await scene.browser.open(scene.region + "/auth/logout")
      let token = try #require(asked.text.firstMatch(of: #/name="csrf" value="([^"]+)"/#)?.1)
      let left = try await scene.browser.open(
        scene.region + "/auth/logout", .POST, headers: [("origin", scene.region), ("x-csrf-token", String(token))])
      #expect(left.url.hasPrefix(islands.layout.url(of: islands.control) + "/oauth/logout"), "\(left.way)")
      #expect(left.status == 200, "control asks whether to end its session too")
      #expect(try await scene.ask().status == 401)
      #expect(try await scene.logIn().status == 200, "control's session lives on until that is answered")
      let control = JSONClient(
        base: islands.layout.url(of: islands.control),
        token: try SecretFile(path: islands.layout.control.operatorToken).text(maximumBytes: 256))
      _ = try await control.call(
        .POST, "/api/v1/operator/users/\(scene.person.id)/status", ["status": "suspended"])
      try await eventually("the suspended person is refused", within: .seconds(5)) {
        try await [401, 403].contains(scene.ask().status)
      }
    }
  }

  /// The ten-line application of Examples/identity, run with PyJWT where there is one.
  private static func runApplication(_ scene: Scene) async throws {
    guard FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/jwt/__init__.py") else {
      Console.note("PyJWT is not there (python3-jwt): Examples/identity was not run")
      return
    }
    let port = try Islands.freePorts(1)
    let example = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
        "Examples/identity/application.py")
    let application = try ChildProcess(
      name: "application", executable: "/usr/bin/python3",
      arguments: [example.path, String(port), scene.region + "/auth/keys", "eu"],
      environment: ["PATH": "/usr/bin:/bin"], output: "\(scene.islands.layout.root)/application.log")
    do {
      try await checkApplication(scene, "http://127.0.0.1:\(port)", application)
    } catch {
      await application.stop()
      throw error
    }
    await application.stop()
  }

  private static func checkApplication(_ scene: Scene, _ url: String, _ process: ChildProcess) async throws {
    let identity = try #require(try await scene.ask().headers.first(name: "atoll-identity"))
    try await eventually("the application answers") {
      if let end = process.end { throw CommandFailure(.unavailable, "the application ended with \(end)", advice: "") }
      do { return try await scene.browser.open(url + "/").status == 401 } catch { return false }
    }
    func status(_ path: String, _ identity: String) async throws -> Int {
      try await scene.browser.open(url + path, headers: [("atoll-identity", identity)]).status
    }
    let page = try await scene.browser.open(url + "/app?x=2", headers: [("atoll-identity", identity)])
    #expect(page.status == 200, "\(page.text)")
    #expect(page.text.contains(scene.person.id) && page.text.contains("\"role\": \"owner\""))
    #expect(try await status("/other", identity) == 401, "an identity for another path")
    let parts = identity.split(separator: ".").map(String.init)
    let stranger = try #require(JWTSigningKey.generateES256())
    let claims = try JSONReader(try JSONParser.parse(try #require(Base64.decode(parts[1].utf8)))).object()
    let forged = try #require(stranger.token(type: "atoll-identity+jwt", claims: claims))
    let unsigned = Base64.encode(Array(#"{"alg":"none","typ":"JWT"}"#.utf8)) + "." + parts[1] + "."
    // The real key's name over somebody else's signature.
    let renamed = parts[0] + "." + parts[1] + "." + (forged.split(separator: ".").last.map(String.init) ?? "")
    for text in [forged, unsigned, renamed, parts[0] + "." + parts[1] + ".", "x", ""] {
      #expect(try await status("/app", text) == 401, "a forged identity was believed")
    }
  }
}
