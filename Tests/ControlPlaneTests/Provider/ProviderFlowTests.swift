import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

/// The way of a code, and what people and clients see on it.
@Suite struct ProviderFlowTests {
  @Test("a third-party web application logs a person in, reads who it is, and is asked for consent once")
  func webApplication() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control)
      let ada = try await control.person("ada@example.com")
      let asked = try await client.authorize(ada.token)
      #expect(asked.status == 200)
      let page = String(decoding: asked.bytes, as: UTF8.self)
      #expect(page.contains("Wiki"))
      #expect(page.contains("See your e-mail address"))
      #expect(asked.headers[values: .contentSecurityPolicy].joined().contains("https://app.example.com"))
      let allowed = try await client.submit("/oauth/consent", asked, ada.token, [("decision", "allow")])
      #expect(allowed.status == 303)
      #expect(allowed.headers[.location]?.hasPrefix("https://app.example.com/callback?code=atlc_") == true)
      let back = try OpenIDClient.query(allowed)
      #expect(back["state"] == "s t&a=te")
      #expect(back["iss"] == control.environment.site.url)
      let answer = try await client.exchange(try #require(back["code"]))
      #expect(answer.status == 200, "\(String(decoding: answer.bytes, as: UTF8.self))")
      #expect(answer.headers[.cacheControl] == "no-store")
      #expect(try answer.text("scope") == "openid profile email")
      #expect(try answer.json.optional("refresh_token") == nil)
      let token = try await Self.verified(try answer.text("id_token"), client)
      #expect(token.user.description == ada.id)
      #expect(token.nonce == OpenIDClient.nonce)
      #expect(token.email == "ada@example.com")
      #expect(token.name == "Ada")
      #expect(token.methods == ["pwd"])
      #expect(token.epoch == nil && token.position == nil)
      let info = try await client.userInfo(try answer.text("access_token"))
      #expect(try info.text("sub") == ada.id)
      #expect(try info.text("email") == "ada@example.com")
      // Remembered: the second time nobody is asked.
      #expect(try await client.authorize(ada.token).status == 303)
      #expect(try await client.authorize(ada.token, [("prompt", "none")]).status == 303)
      #expect(try await client.authorize(ada.token, [("prompt", "consent")]).status == 200)
      #expect(try await client.authorize(ada.token, [("scope", "openid offline_access")]).status == 200)
      let mine = try await control.get("/api/v1/applications", token: ada.token)
      #expect(try mine.json.field("applications").array(maximum: 9).map { try $0.field("name").string() } == ["Wiki"])
      #expect(try await control.send(.delete, "/api/v1/applications/\(client.id)", token: ada.token).status == 204)
      #expect(try await control.send(.delete, "/api/v1/applications/\(client.id)", token: ada.token).status == 404)
      #expect(try await client.userInfo(try answer.text("access_token")).status == 401)
      #expect(try await client.authorize(ada.token).status == 200)
    }
  }

  /// The ID token as a client would verify it: with the published keys.
  static func verified(_ text: String, _ client: OpenIDClient) async throws -> IDToken {
    let set = try await client.control.get("/oauth/jwks")
    let keys = try set.json.field("keys").array(maximum: 9).map {
      try #require(JWTVerificationKey(jwk: try $0.object()))
    }
    return try IDTokenVerifier(
      issuer: client.control.environment.site.url, audience: client.id, algorithm: .rs256, keys: keys
    ).verify(text, nonce: OpenIDClient.nonce, now: client.control.environment.seconds)
  }

  @Test("a person who declines sends the client away with access_denied; a forged decision does nothing")
  func declined() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control)
      let ada = try await control.person("ada@example.com")
      let bob = try await control.person("bob@example.com")
      let page = try await client.authorize(ada.token)
      let denied = try await client.submit("/oauth/consent", page, ada.token, [("decision", "deny")])
      #expect(try OpenIDClient.error(denied) == "access_denied")
      #expect(try OpenIDClient.query(denied)["iss"] == control.environment.site.url)
      for origin in ["https://evil.example.com", "http://127.0.0.1:9999", "null"] {
        let forged = try await client.submit("/oauth/consent", page, ada.token, [("decision", "allow")], origin: origin)
        #expect(forged.status == 403)
        // A person reads it, so it is a page.
        #expect(forged.headers[.contentType]?.hasPrefix("text/html") == true)
        #expect(String(decoding: forged.bytes, as: UTF8.self).contains("This came from another site"))
      }
      // Ada's form in Bob's browser.
      let foreign = try await client.submit("/oauth/consent", page, bob.token, [("decision", "allow")])
      #expect(foreign.status == 403)
      #expect(String(decoding: foreign.bytes, as: UTF8.self).contains("<h1>This page is out of date</h1>"))
      #expect(
        try await control.query("SELECT count(*) FROM control.authorization").only().decode(Int64.self) == 0)
      #expect(try await control.query("SELECT count(*) FROM control.consent").only().decode(Int64.self) == 0)
    }
  }

  @Test("a consent form about a region, which asks nobody, is only the request again")
  func consentOfRegion() async throws {
    try await withControl { control in
      let world = try await World(control)
      let client = try await OpenIDClient.register(control)
      let eu = OpenIDClient.region(world.eu)
      for (person, start) in [(world.ada, eu.redirectURI + "?code="), (world.bob, "/login?")] {
        let csrf = OpenIDClient.hidden(try await client.authorize(person.token)).filter { $0.0 == "csrf" }
        var headers = OpenIDClient.cookie(person.token)
        headers[.origin] = control.environment.site.url
        let request = [("request", OpenIDClient.form(eu.parameters())), ("decision", "allow")]
        let answer = try await eu.post("/oauth/consent", csrf + request, headers)
        #expect(answer.headers[.location]?.hasPrefix(start) == true)
      }
      #expect(try await control.query("SELECT count(*) FROM control.consent").only().decode(Int64.self) == 0)
    }
  }

  @Test("whoever is not logged in goes to the login page and comes back to the same request")
  func login() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let answer = try await client.authorize(nil)
      #expect(answer.status == 303)
      #expect(answer.headers[.location]?.hasPrefix("/login?return_to=%2Foauth%2Fauthorize%3F") == true)
      let path = try #require(try OpenIDClient.query(answer)["return_to"])
      #expect(ReturnPath(path) != nil)
      let ada = try await control.person("ada@example.com")
      let back = try await client.browse(path, ada.token)
      #expect(try OpenIDClient.query(back)["state"] == "s t&a=te")
      #expect(try OpenIDClient.query(back)["code"] != nil)
      let silent = try await client.authorize(nil, [("prompt", "none")])
      #expect(try OpenIDClient.error(silent) == "login_required")
      // As a form it becomes a navigation.
      let posted = try await client.post("/oauth/authorize", client.parameters())
      #expect(posted.status == 303)
      let location = try #require(posted.headers[.location])
      #expect(location.hasPrefix("/oauth/authorize?"))
      #expect(try OpenIDClient.query(try await client.browse(location, ada.token))["code"] != nil)
    }
  }

  @Test("prompt=login and max_age want a login that is new enough, and a hint wants that person")
  func freshLogin() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let ada = try await control.person("ada@example.com")
      let bob = try await control.person("bob@example.com")
      let token = try await client.exchange(try await client.code(ada.token)).text("id_token")
      control.clock.advance(100)
      for changes in [[("prompt", "login")], [("prompt", "select_account")], [("max_age", "60")], [("max_age", "0")]] {
        let answer = try await client.authorize(ada.token, changes)
        #expect(answer.headers[.location]?.hasPrefix("/login?") == true)
        // Coming back without a new login leads to the login again, with one it goes on.
        let path = try #require(try OpenIDClient.query(answer)["return_to"])
        #expect(try await client.browse(path, ada.token).headers[.location]?.hasPrefix("/login?") == true)
        let again = try await control.post(
          "/api/v1/login", ["email": "ada@example.com", "password": .string(ControlFixture.password)])
        let fresh = try await client.browse(path, try again.text("session_token"))
        #expect(try OpenIDClient.query(fresh)["code"] != nil)
      }
      #expect(
        try OpenIDClient.error(try await client.authorize(ada.token, [("max_age", "60"), ("prompt", "none")]))
          == "login_required")
      #expect(try OpenIDClient.query(try await client.authorize(ada.token, [("max_age", "3600")]))["code"] != nil)
      let hint = [("id_token_hint", Optional(token)), ("prompt", "none")]
      #expect(try OpenIDClient.query(try await client.authorize(ada.token, hint))["code"] != nil)
      #expect(try OpenIDClient.error(try await client.authorize(bob.token, hint)) == "login_required")
      let forged = [("id_token_hint", Optional(token + "x")), ("prompt", "none")]
      #expect(try OpenIDClient.error(try await client.authorize(ada.token, forged)) == "login_required")
    }
  }

  @Test("nobody is sent to a place that the client has not registered, however alike it looks")
  func openRedirects() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let other = try await OpenIDClient.register(control, [("redirect_uris", ["https://other.example.com/cb"])])
      let ada = try await control.person("ada@example.com")
      let uris: [String?] = [
        nil, "", "https://evil.example.com/callback", "https://app.example.com/callback/", "https://app.example.com",
        "https://app.example.com/callback?x=1", "https://app.example.com/callback#f",
        "https://app.example.com/Callback",
        "https://APP.example.com/callback", "https://app.example.com/callback/../other",
        "http://app.example.com/callback",
        "https://app.example.com:443/callback", "https://app.example.com/callback%2f", "//app.example.com/callback",
        "https://app.example.com@evil.example.com/callback", "javascript:alert(1)", "https://other.example.com/cb",
        "https://app.example.com/callback\u{0301}", "https://app.example.com/other?tenant=2",
      ]
      for session in [ada.token, nil] {
        for uri in uris {
          let answer = try await client.authorize(session, [("redirect_uri", uri)])
          #expect(answer.status == 400, "\(uri ?? "none")")
          #expect(answer.headers[.location] == nil)
        }
        for id in [nil, "", "client_unknown", "eu", "client_" + String(repeating: "a", count: 26), "%00"] {
          let answer = try await client.authorize(session, [("client_id", id)])
          #expect(answer.status == 400)
          #expect(answer.headers[.location] == nil)
        }
        let twice = client.parameters() + [("redirect_uri", other.redirectURI)]
        let answer = try await client.browse("/oauth/authorize?" + OpenIDClient.form(twice), session)
        #expect(answer.status == 400)
        let broken = try await client.browse("/oauth/authorize?client_id=%zz", session)
        #expect(broken.status == 400)
      }
      // What a registered URI has already stays, and what is added is added to it.
      var second = client
      second.redirectURI = "https://app.example.com/other?tenant=1"
      let back = try await second.authorize(ada.token)
      #expect(back.headers[.location]?.hasPrefix("https://app.example.com/other?tenant=1&code=") == true)
    }
  }

  @Test(
    "requests without PKCE, with plain, with objects, twice or of unknown kinds are told to the client, with state and issuer"
  )
  func badRequests() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let ada = try await control.person("ada@example.com")
      let cases: [([(String, String?)], String)] = [
        ([("code_challenge", nil), ("code_challenge_method", nil)], "invalid_request"),
        ([("code_challenge_method", nil)], "invalid_request"),
        ([("code_challenge_method", "plain")], "invalid_request"),
        ([("code_challenge_method", "s256")], "invalid_request"), ([("code_challenge", nil)], "invalid_request"),
        ([("code_challenge", String(repeating: "a", count: 42))], "invalid_request"),
        ([("code_challenge", client.challenge + "=")], "invalid_request"),
        ([("response_type", "token")], "unsupported_response_type"),
        ([("response_type", "code id_token")], "unsupported_response_type"),
        ([("response_type", nil)], "invalid_request"), ([("response_mode", "fragment")], "invalid_request"),
        ([("response_mode", "form_post")], "invalid_request"), ([("request", "eyJ")], "request_not_supported"),
        ([("request_uri", "https://x")], "request_uri_not_supported"),
        ([("registration", "{}")], "registration_not_supported"),
        ([("scope", nil)], "invalid_scope"), ([("scope", "profile email")], "invalid_scope"),
        ([("prompt", "none login")], "invalid_request"), ([("prompt", "maybe")], "invalid_request"),
        ([("max_age", "-1")], "invalid_request"), ([("max_age", "1e3")], "invalid_request"),
        ([("max_age", "99999999999999999999")], "invalid_request"),
        ([("nonce", String(repeating: "n", count: 256))], "invalid_request"),
        ([("nonce", "\u{E9}")], "invalid_request"),
      ]
      for (changes, error) in cases {
        let answer = try await client.authorize(ada.token, changes)
        #expect(answer.status == 303)
        #expect(answer.headers[.location]?.hasPrefix(client.redirectURI + "?error=") == true)
        let query = try OpenIDClient.query(answer)
        #expect(query["error"] == error, "\(changes)")
        #expect(query["state"] == "s t&a=te")
        #expect(query["iss"] == control.environment.site.url)
        #expect(query["code"] == nil)
      }
      let long = try await client.authorize(ada.token, [("state", String(repeating: "s", count: 1025))])
      #expect(try OpenIDClient.error(long) == "invalid_request")
      #expect(try OpenIDClient.query(long)["state"] == nil)
      let twice = client.parameters() + [("scope", "openid")]
      let answer = try await client.browse("/oauth/authorize?" + OpenIDClient.form(twice), ada.token)
      #expect(try OpenIDClient.error(answer) == "invalid_request")
      // Unknown scopes and parameters are ignored.
      #expect(
        try OpenIDClient.query(
          try await client.authorize(ada.token, [("scope", "openid phone"), ("ui_locales", "de")]))["code"] != nil)
      #expect(try await control.query("SELECT count(*) FROM control.authorization").only().decode(Int64.self) == 1)
    }
  }

  @Test("a session that asks without end is slowed down")
  func rate() async throws {
    var limits = ControlLimits()
    limits.provider.authorizeBurst = 3
    limits.provider.authorizeRate = 0.01
    try await withControl(limits: limits) { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let ada = try await control.person("ada@example.com")
      for _ in 0..<3 { #expect(try OpenIDClient.query(try await client.authorize(ada.token))["code"] != nil) }
      #expect(try OpenIDClient.error(try await client.authorize(ada.token)) == "temporarily_unavailable")
      control.clock.advance(200)
      #expect(try OpenIDClient.query(try await client.authorize(ada.token))["code"] != nil)
    }
  }
}
