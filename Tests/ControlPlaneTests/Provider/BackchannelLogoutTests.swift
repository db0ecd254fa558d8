import ControlPlane
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Postgres
import Silo
import Synchronization
import SyncProtocol
import Testing
import Web

/// Third-party clients that want to hear of the end of a login.
@Suite struct BackchannelLogoutTests {
  /// A client's own server: keeps what it was sent, and answers as it is told.
  private final class Listener: Sendable {
    let forms = Mutex<[FormBody]>([])
    let status = Mutex(HTTPResponse.Status.ok)

    var tokens: [String] { forms.withLock { $0.compactMap { $0["logout_token"] } } }

    func serving(_ body: @Sendable @escaping (_ url: String) async throws -> Void) async throws {
      let router = Router.withProblems()
      router.post("/bye") { request, _ in
        let form = try await request.form()
        self.forms.withLock { $0.append(form) }
        var response = Response(status: self.status.withLock { $0 })
        response.headers[.location] = "http://127.0.0.1/elsewhere"
        return response
      }
      try await Application(router: router).test(.live) { client in
        try await body("http://127.0.0.1:\(try #require(client.port))/bye")
      }
    }
  }

  private static func allowed() throws -> OutboundGuard {
    OutboundGuard(allowing: try #require(NetworkList("127.0.0.0/8")))
  }

  private static func client(_ control: ControlFixture, at url: String) async throws -> OpenIDClient {
    try await OpenIDClient.register(control, [("trusted", true), ("backchannel_logout_uri", .string(url))])
  }

  private static func waiting(_ control: ControlFixture) async throws -> Int64 {
    try await control.query("SELECT count(*) FROM control.logout_notice").only().decode(Int64.self)
  }

  @Test(
    "a client that took a code hears of the end of that login by a token that its key set verifies, and of no other's")
  func told() async throws {
    let listener = Listener()
    try await listener.serving { url in
      try await withControl(asService: true, outbound: try Self.allowed()) { control in
        let client = try await Self.client(control, at: url)
        let silent = try await OpenIDClient.register(control, [("trusted", true)])
        let ada = try await control.person("ada@example.com")
        let bob = try await control.person("bob@example.com", name: "Bob")
        let claims = try OpenIDClient.claims(
          try await client.exchange(try await client.code(ada.token)).text("id_token"))
        _ = try await silent.exchange(try await silent.code(ada.token))
        _ = try await client.exchange(try await client.code(bob.token))
        // A code that was never taken opened nothing there. Long after the tokens expired the login still counts.
        let unused = try await control.logIn("ada@example.com").text("session_token")
        _ = try await client.code(unused)
        _ = try await control.send(.post, "/api/v1/logout", token: unused)
        control.clock.advance(86_400)
        try await control.server.maintenance.pass()
        #expect(try await control.server.logouts.pass() == 0)
        _ = try await control.send(.post, "/api/v1/logout", token: ada.token)
        #expect(try await control.server.logouts.pass() == 1)
        #expect(try await control.server.logouts.pass() == 0)
        #expect(try await Self.waiting(control) == 0)
        let token = try #require(listener.tokens.first)
        #expect(listener.tokens.count == 1)
        let said = try OpenIDClient.claims(token)
        #expect(said["sub"] == .string(ada.id) && said["aud"] == .string(client.id) && said["sid"] == claims["sid"])
        #expect(said["iss"] == .string(control.environment.site.url) && said["nonce"] == nil)
        #expect(said["events"] == ["http://schemas.openid.net/event/backchannel-logout": [:]])
        let parts = token.split(separator: ".").map(String.init)
        let header = JSONReader(try JSONParser.parse(try #require(Base64.decode(parts[0]))))
        #expect(try header.field("typ").string() == "logout+jwt")
        #expect(try header.field("alg").string() == "RS256")
        let set = try await control.get("/oauth/jwks").json.field("keys").array(maximum: 1)
        #expect(try header.field("kid").string() == set[0].field("kid").string())
      }
    }
  }

  @Test("every way in which a login ends is told: the page, everywhere, a new password, a suspension, a deletion")
  func ways() async throws {
    let listener = Listener()
    try await listener.serving { url in
      try await withControl(outbound: try Self.allowed()) { control in
        let client = try await Self.client(control, at: url)
        let ways: [(String, @Sendable (String, String) async throws -> Int)] = [
          (
            "everywhere",
            { token, _ in try await control.send(.post, "/api/v1/logout/everywhere", token: token).status }
          ),
          (
            "password",
            { token, _ in
              try await control.post(
                "/api/v1/password/change", token: token,
                ["password": .string(ControlFixture.password), "new_password": "another good long one"]
              ).status
            }
          ),
          (
            "suspension",
            { _, id in
              try await control.post(
                "/api/v1/operator/users/\(id)/status", token: control.operatorToken, ["status": "suspended"]
              ).status
            }
          ),
          (
            "deletion",
            { token, _ in
              try await control.post(
                "/api/v1/me/delete", token: token, ["password": .string(ControlFixture.password)]
              ).status
            }
          ),
        ]
        for (index, (name, end)) in ways.enumerated() {
          let person = try await control.person("\(name)@example.com")
          _ = try await client.exchange(try await client.code(person.token))
          #expect(try await (200..<300).contains(end(person.token, person.id)), "\(name)")
          _ = try await control.server.logouts.pass()
          #expect(listener.tokens.count == index + 1, "\(name)")
          #expect(try OpenIDClient.claims(try #require(listener.tokens.last))["sub"] == .string(person.id))
        }
      }
    }
  }

  @Test("a client that fails is tried again later under one id, follows nobody elsewhere, and 400 is for good")
  func again() async throws {
    let listener = Listener()
    try await listener.serving { url in
      try await withControl(outbound: try Self.allowed()) { control in
        let client = try await Self.client(control, at: url)
        func logInAndOut(_ email: String) async throws {
          let person = try await control.person(email)
          _ = try await client.exchange(try await client.code(person.token))
          _ = try await control.send(.post, "/api/v1/logout", token: person.token)
        }
        try await logInAndOut("ada@example.com")
        for status in [HTTPResponse.Status.internalServerError, .seeOther] {
          listener.status.withLock { $0 = status }
          #expect(try await control.server.logouts.pass() == 1)
          #expect(try await control.server.logouts.pass() == 0)
          control.clock.advance(3600)
        }
        listener.status.withLock { $0 = .noContent }
        #expect(try await control.server.logouts.pass() == 1)
        #expect(try await Self.waiting(control) == 0)
        let ids = try listener.tokens.map { try OpenIDClient.claims($0)["jti"] }
        #expect(ids.count == 3 && Set(ids).count == 1)
        listener.status.withLock { $0 = .badRequest }
        try await logInAndOut("bob@example.com")
        #expect(try await control.server.logouts.pass() == 1)
        #expect(try await Self.waiting(control) == 0)
        // What nobody takes for a day is forgotten, and so is what a revoked client waits for.
        listener.status.withLock { $0 = .internalServerError }
        try await logInAndOut("carl@example.com")
        control.clock.advance(86_401)
        try await control.server.maintenance.pass()
        #expect(try await Self.waiting(control) == 0)
      }
    }
  }

  @Test("nothing private is called unless an operator allowed it, and no other scheme is registered")
  func guarded() async throws {
    let listener = Listener()
    try await listener.serving { url in
      try await withControl { control in
        let client = try await Self.client(control, at: url)
        let ada = try await control.person("ada@example.com")
        _ = try await client.exchange(try await client.code(ada.token))
        _ = try await control.send(.post, "/api/v1/logout", token: ada.token)
        #expect(try await control.server.logouts.pass() == 1)
        #expect(listener.tokens.isEmpty)
        #expect(try await Self.waiting(control) == 1)
        for uri in [
          "http://app.example.com/bye", "https://user@app.example.com/", "https://app.example.com/#x", "ftp://x/",
          "com.example.app:/bye", "/bye", "",
        ] {
          let refused = try await OpenIDClient.create(control, [("backchannel_logout_uri", .string(uri))])
          #expect([400, 422].contains(refused.status), "\(uri)")
        }
      }
    }
  }
}
