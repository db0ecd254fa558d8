import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

/// Codes and refresh tokens in wrong hands, too late, twice.
@Suite struct ProviderTokenTests {
  @Test("a code is worth nothing without its client, redirect URI and verifier, or after its minute")
  func codes() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let other = try await OpenIDClient.register(control, [("trusted", true)])
      let ada = try await control.person("ada@example.com")
      let code = try await client.code(ada.token)
      let wrong: [[(String, String?)]] = [
        [("code_verifier", String(repeating: "w", count: 50))], [("code_verifier", client.challenge)],
        [("code_verifier", String(repeating: "v", count: 42))], [("code_verifier", String(repeating: "v", count: 129))],
        [("code_verifier", String(repeating: "v", count: 49) + "/")],
        [("redirect_uri", "https://app.example.com/other?tenant=1")], [("redirect_uri", client.redirectURI + "/")],
        [("code", TokenFormat.authorizationCode.mint())], [("code", "x")], [("code", String(code.dropLast()) + "_")],
      ]
      for changes in wrong {
        let answer = try await client.exchange(code, changes)
        #expect(answer.status == 400)
        #expect(try OpenIDClient.error(answer) == "invalid_grant", "\(changes)")
      }
      for missing in ["code", "code_verifier", "redirect_uri", "grant_type"] {
        #expect(try OpenIDClient.error(try await client.exchange(code, [(missing, nil)])) == "invalid_request")
      }
      #expect(
        try OpenIDClient.error(try await client.exchange(code, [("grant_type", "password")]))
          == "unsupported_grant_type")
      #expect(try OpenIDClient.error(try await other.exchange(code)) == "invalid_grant")
      // None of that used it up.
      #expect(try await client.exchange(code).status == 200)
      let late = try await client.code(ada.token)
      control.clock.advance(60)
      #expect(try OpenIDClient.error(try await client.exchange(late)) == "invalid_grant")
    }
  }

  @Test("a code that comes twice ends everything that was issued from it, and raises an alarm")
  func codeReuse() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let ada = try await control.person("ada@example.com")
      let code = try await client.code(ada.token, [("scope", "openid offline_access")])
      let first = try await client.exchange(code)
      #expect(first.status == 200)
      #expect(try await client.userInfo(try first.text("access_token")).status == 200)
      #expect(try OpenIDClient.error(try await client.exchange(code)) == "invalid_grant")
      #expect(try await client.userInfo(try first.text("access_token")).status == 401)
      #expect(try OpenIDClient.error(try await client.refresh(try first.text("refresh_token"))) == "invalid_grant")
      #expect(try await Self.alarms(control) == ["oauth.code_reuse"])
      // Of two exchanges at once one wins, and that ends it too.
      let raced = try await client.code(ada.token)
      async let a = client.exchange(raced)
      async let b = client.exchange(raced)
      #expect(try await [a.status, b.status].sorted() == [200, 400])
    }
  }

  static func alarms(_ control: ControlFixture) async throws -> [String] {
    try await control.query("SELECT action FROM control.audit WHERE alarm ORDER BY id").decode(String.self)
  }

  /// A login with refresh tokens.
  private func stay(
    _ client: OpenIDClient, _ session: String, scope: String = "openid email offline_access"
  ) async throws -> Answer {
    let answer = try await client.exchange(try await client.code(session, [("scope", scope)]))
    try #require(answer.status == 200)
    return answer
  }

  @Test("a refresh token is changed at every use; a used one that comes again ends the family of both holders")
  func refreshReuse() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let ada = try await control.person("ada@example.com")
      let first = try await stay(client, ada.token)
      let one = try first.text("refresh_token")
      control.clock.advance(300)
      let second = try await client.refresh(one)
      #expect(second.status == 200)
      let two = try second.text("refresh_token")
      #expect(two != one)
      let token = try OpenIDClient.claims(try second.text("id_token"))
      #expect(token["nonce"] == nil)
      #expect(token["auth_time"] == (try OpenIDClient.claims(try first.text("id_token")))["auth_time"])
      control.clock.advance(300)
      let three = try await client.refresh(two).text("refresh_token")
      // The thief comes with the first.
      #expect(try OpenIDClient.error(try await client.refresh(one)) == "invalid_grant")
      #expect(try OpenIDClient.error(try await client.refresh(three)) == "invalid_grant")
      #expect(try await client.userInfo(try second.text("access_token")).status == 401)
      #expect(try await Self.alarms(control) == ["oauth.refresh_reuse"])
    }
  }

  @Test("a client whose answer was lost gets the same successor again for ten seconds, unless that was used")
  func refreshGrace() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let ada = try await control.person("ada@example.com")
      let one = try await stay(client, ada.token).text("refresh_token")
      async let a = client.refresh(one)
      async let b = client.refresh(one)
      let (left, right) = try await (a, b)
      #expect(left.status == 200 && right.status == 200)
      let two = try left.text("refresh_token")
      #expect(try right.text("refresh_token") == two)
      control.clock.advance(9)
      #expect(try await client.refresh(one).text("refresh_token") == two)
      #expect(try await control.query("SELECT count(*) FROM control.refresh_token").only().decode(Int64.self) == 2)
      // Somebody went on with the successor: the first is a copy now, however early it comes.
      #expect(try await client.refresh(two).status == 200)
      #expect(try await client.refresh(one).status == 400)
      let late = try await stay(client, ada.token).text("refresh_token")
      #expect(try await client.refresh(late).status == 200)
      control.clock.advance(11)
      #expect(try await client.refresh(late).status == 400)
      #expect(try await Self.alarms(control) == ["oauth.refresh_reuse", "oauth.refresh_reuse"])
    }
  }

  @Test(
    "refresh tokens end with the session, the person, the password's epoch, the client, their time and another client's hands"
  )
  func refreshEnds() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let other = try await OpenIDClient.register(control, [("trusted", true)])
      let ada = try await control.person("ada@example.com")
      let bob = try await control.person("bob@example.com")
      func ended(_ token: String) async throws {
        #expect(try OpenIDClient.error(try await client.refresh(token)) == "invalid_grant")
      }
      let stolen = try await stay(client, ada.token).text("refresh_token")
      #expect(try OpenIDClient.error(try await other.refresh(stolen)) == "invalid_grant")
      for text in ["", "x", TokenFormat.refreshToken.mint(), ada.token] {
        #expect(try await client.refresh(text).status == 400)
      }
      // Narrowing is for one answer; widening is refused.
      let narrow = try await client.refresh(stolen, [("scope", "openid")])
      #expect(try narrow.text("scope") == "openid")
      #expect(try await client.userInfo(try narrow.text("access_token")).json.optional("email") == nil)
      let next = try narrow.text("refresh_token")
      #expect(try OpenIDClient.error(try await client.refresh(next, [("scope", "openid region")])) == "invalid_scope")
      #expect(try await client.refresh(next).text("scope") == "openid email offline_access")

      let access = try await stay(client, ada.token)
      #expect(try await control.send(.post, "/api/v1/logout", token: ada.token).status == 204)
      try await ended(try access.text("refresh_token"))
      #expect(try await client.userInfo(try access.text("access_token")).status == 401)

      let suspended = try await stay(client, bob.token)
      let path = "/api/v1/operator/users/\(bob.id)/status"
      #expect(try await control.post(path, token: control.operatorToken, ["status": "suspended"]).status == 200)
      try await ended(try suspended.text("refresh_token"))
      #expect(try await client.userInfo(try suspended.text("access_token")).status == 401)
      #expect(try await control.post(path, token: control.operatorToken, ["status": "active"]).status == 200)
      try await ended(try suspended.text("refresh_token"))

      let eve = try await control.person("eve@example.com")
      let idle = try await stay(client, eve.token).text("refresh_token")
      control.clock.advance(14 * 86_400)
      try await ended(idle)
      let again = try await control.logIn("eve@example.com").text("session_token")
      let last = try await stay(client, again).text("refresh_token")
      #expect(
        try await control.post("/api/v1/operator/clients/\(client.id)/revoke", token: control.operatorToken, [:]).status
          == 200)
      #expect(try OpenIDClient.error(try await client.refresh(last)) == "invalid_client")
      #expect(try await client.authorize(again).status == 400)
    }
  }

  @Test("without offline_access there is no refresh token, and a code of a session that ended gives nothing")
  func endedSession() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let ada = try await control.person("ada@example.com")
      #expect(try await client.exchange(try await client.code(ada.token)).json.optional("refresh_token") == nil)
      let code = try await client.code(ada.token)
      #expect(try await control.send(.post, "/api/v1/logout", token: ada.token).status == 204)
      #expect(try OpenIDClient.error(try await client.exchange(code)) == "invalid_grant")
    }
  }

  @Test("a client gives tokens back, its own only")
  func revocation() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(
        control, [("trusted", true), ("authentication", "client_secret_post")])
      let other = try await OpenIDClient.register(
        control, [("trusted", true), ("authentication", "client_secret_post")])
      let ada = try await control.person("ada@example.com")
      func revoke(_ token: String, by client: OpenIDClient, secret: String? = nil) async throws -> Int {
        try await client.post(
          "/oauth/revoke",
          [("token", token), ("client_id", client.id), ("client_secret", secret ?? client.secret ?? "")]
        ).status
      }
      func stay() async throws -> Answer {
        let code = try await client.code(ada.token, [("scope", "openid offline_access")])
        return try await client.post(
          "/oauth/token",
          [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", client.redirectURI),
            ("code_verifier", client.verifier), ("client_id", client.id), ("client_secret", client.secret ?? ""),
          ])
      }
      let first = try await stay()
      #expect(first.status == 200)
      #expect(try await revoke(try first.text("refresh_token"), by: other) == 200)
      #expect(try await revoke(try first.text("refresh_token"), by: client, secret: other.secret) == 401)
      #expect(try await client.userInfo(try first.text("access_token")).status == 200)
      #expect(try await revoke(try first.text("refresh_token"), by: client) == 200)
      #expect(try await revoke(try first.text("refresh_token"), by: client) == 200)
      #expect(try await client.userInfo(try first.text("access_token")).status == 401)
      let second = try await stay()
      #expect(try await revoke(try second.text("access_token"), by: client) == 200)
      #expect(try await client.userInfo(try second.text("access_token")).status == 401)
      for junk in ["x", TokenFormat.refreshToken.mint(), "a.b.c"] { #expect(try await revoke(junk, by: client) == 200) }
    }
  }

  @Test("userinfo takes its own access tokens only, in the header or a form, never in the query")
  func userInfo() async throws {
    try await withControl { control in
      let world = try await World(control)
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let answer = try await client.exchange(try await client.code(world.ada.token, [("scope", "openid region")]))
      let token = try answer.text("access_token")
      #expect(try await client.userInfo(token).status == 200)
      let form = try await client.post("/oauth/userinfo", [("access_token", token)])
      #expect(try form.text("sub") == world.ada.id)
      let both = try await client.post(
        "/oauth/userinfo", [("access_token", token)], [.authorization: "Bearer \(token)"])
      #expect(both.status == 401)
      #expect(try await control.get("/oauth/userinfo?access_token=\(token)").status == 401)
      let regional = try await control.post("/api/v1/tokens", token: world.ada.token, ["organization": "acme"])
      var wrong = [try regional.text("access_token"), try answer.text("id_token"), world.ada.token, "x"]
      let parts = token.split(separator: ".")
      for header in [["alg": "none", "typ": "at+jwt"], ["alg": "HS256", "typ": "at+jwt"]] as [JSONValue] {
        let head = Base64.encode(JSONWriter.write(header))
        wrong += ["\(head).\(parts[1]).", "\(head).\(parts[1]).\(parts[2])"]
      }
      for token in wrong {
        let refused = try await client.userInfo(token)
        #expect(refused.status == 401)
        #expect(refused.headers[.wwwAuthenticate]?.contains("invalid_token") == true)
      }
      #expect(try await control.get("/oauth/userinfo").headers[.wwwAuthenticate] == "Bearer")
      // And a region does not take it.
      let keys = try await control.environment.database.withConnection { try await TokenKeyStore.usable(on: $0) }
      #expect(throws: AccessTokenRefusal.self) {
        try AccessTokenVerifier(region: try RegionName("eu"), keys: keys).verify(
          token, now: control.environment.seconds)
      }
      control.clock.advance(300 + 121)
      #expect(try await client.userInfo(token).status == 401)
    }
  }
}
