import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Synchronization
import Testing
import Web

@testable import RegionAgent

@Suite("A login in the region")
struct LoginTests {
  @Test("sends the browser to control with PKCE, and opens a session of the region's own for what comes back")
  func whole() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, _) = try await login.region.organization()
      let session = try await login.region.receiveControlSession(user: owner)
      let begun = try await login.begin("/auth/login?return_to=/app%3Fpage%3D2&organization=acme")
      let issuer = login.provider.script.withLock { $0.issuer }
      #expect(begun.parameters["response_type"] == "code")
      #expect(begun.parameters["client_id"] == "eu")
      #expect(begun.parameters["redirect_uri"] == "https://eu.example.com/auth/callback")
      #expect(begun.parameters["code_challenge_method"] == "S256")
      #expect(begun.parameters["code_challenge"]?.utf8.count == 43)
      #expect(begun.cookie.hasPrefix("__Host-atoll-login-"))
      login.give(begun, user: owner, session: session)
      let answer = try await login.finish(begun)
      #expect(answer.status == 303)
      #expect(answer.headers[.location] == "/app?page=2")
      let cookie = try #require(answer.headers[values: .setCookie].last)
      for part in ["__Host-atoll-session=atlb_", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
        #expect(cookie.contains(part))
      }
      #expect(!cookie.contains("Domain"))
      let value = try #require(login.session(in: answer))
      let identified = try await login.ask(cookie: value)
      #expect(identified.status == 200)
      let organizationPath = "/api/0/organizations/\(organization)/"
      let seen = try await Answer.of(
        login.host, .get, organizationPath, headers: [.cookie: "\(login.site.sessionCookie)=\(value)"])
      #expect(seen.status == 200)
      #expect(seen.headers[.atollFreshness]?.hasPrefix("fresh; age=") ?? false)
      // The proof that went to control: PKCE, the agent's key, this region's address.
      let form = try #require(login.provider.script.withLock { $0.forms.first })
      #expect(form["grant_type"] == "authorization_code" && form["code"] == LoginFixture.code)
      #expect(form["redirect_uri"] == "https://eu.example.com/auth/callback")
      #expect(form["client_assertion_type"] == ClientAssertion.formType)
      #expect(form["client_assertion"]?.split(separator: ".").count == 3)
      let verifier = try #require(form["code_verifier"])
      #expect(Base64.encode(TokenFormat.digest(of: verifier)) == begun.parameters["code_challenge"])
      #expect(issuer.hasPrefix("http://127.0.0.1:"))
      let random = value.dropFirst(5)
      #expect(
        try await login.region.count("region.browser_session AS b", where: "b::text LIKE \("%" + random + "%")") == 0)
    }
  }

  @Test("is finished by the browser that began it, once, and by nobody else's answer")
  func bound() async throws {
    try await LoginFixture.with { login in
      let (_, owner, _) = try await login.region.organization()
      let session = try await login.region.receiveControlSession(user: owner)
      let begun = try await login.begin()
      let other = try await login.begin()
      login.give(begun, user: owner, session: session)
      for answer in [
        try await login.finish(begun, cookies: ""),
        try await login.finish(begun, cookies: other.cookie),
        // The other browser's secret under this login's name.
        try await login.finish(
          begun,
          cookies: begun.cookie.prefix { $0 != "=" } + "=" + (other.cookie.split(separator: "=").last ?? "")),
        try await login.finish(begun, state: begun.state + "A"),
        try await login.finish(begun, state: ""),
        try await login.finish(begun, more: "&state=x"),
        try await login.finish(begun, more: "&code=y"),
      ] {
        #expect(answer.status == 400)
        #expect(login.session(in: answer) == nil)
      }
      #expect(try await login.finish(begun, issuer: "https://evil.example").problem == "wrong-issuer")
      #expect(try await login.get("/auth/callback?code=c&state=\(begun.state)", cookies: begun.cookie).status == 400)
      #expect(login.provider.script.withLock { $0.forms.isEmpty })
      #expect(try await login.region.count("region.browser_session") == 0)
      let answer = try await login.finish(begun)
      #expect(answer.status == 303)
      // The answer takes the login away from the browser.
      #expect(
        answer.headers[values: .setCookie].contains { $0.hasPrefix("__Host-atoll-login-") && $0.contains("Max-Age=0") })
    }
  }

  @Test("believes no ID token that is not exactly control's for this login")
  func tokens() async throws {
    try await LoginFixture.with { login in
      let (_, owner, _) = try await login.region.organization()
      let session = try await login.region.receiveControlSession(user: owner)
      let begun = try await login.begin()
      let now = WallClock.system.seconds()
      let stranger = try #require(TokenSigningKey.generate())
      let changes: [() -> Void] = [
        { login.give(begun, user: owner, session: session, signer: stranger) },
        { login.give(begun, user: owner, session: session, audience: "us") },
        { login.give(begun, user: owner, session: session, issuer: "https://evil.example") },
        { login.give(begun, user: owner, session: session, nonce: "another") },
        { login.give(begun, user: owner, session: session, issuedAt: now - 1000) },
        { login.give(begun, user: owner, session: session, issuedAt: now + 1000) },
        { login.give(begun, user: owner, session: session, epoch: nil) },
        {
          let token = try? login.region.token(owner, .new())
          login.provider.script.withLock { $0.token = { _ in token } }
        },
        { login.provider.script.withLock { $0.token = { _ in "eyJhbGciOiJub25lIn0.e30." } } },
      ]
      for change in changes {
        change()
        let answer = try await login.finish(begun)
        #expect(answer.status == 502)
        #expect(answer.problem == "login-not-believed")
      }
      login.provider.script.withLock { $0.token = nil }
      #expect(try await login.finish(begun).problem == "login-code-refused")
      #expect(try await login.region.count("region.browser_session") == 0)
    }
  }

  @Test(
    "is finished by one network only so often, so that made-up codes do not use up the region's questions to control")
  func rate() async throws {
    let proxies = try #require(TrustedProxies("local"))
    try await LoginFixture.with(rates: LoginRates(proxies: proxies, rate: 0.001, burst: 2)) { login in
      let (_, owner, _) = try await login.region.organization()
      let session = try await login.region.receiveControlSession(user: owner)
      func finish(_ address: String) async throws -> Answer {
        let begun = try await login.begin()
        login.give(begun, user: owner, session: session)
        let query = FormText.encode([
          ("code", LoginFixture.code), ("state", begun.state), ("iss", login.provider.script.withLock { $0.issuer }),
        ])
        var headers: HTTPFields = [.cookie: begun.cookie]
        headers[.forwardedFor] = address
        return try await Answer.of(login.host, .get, "/auth/callback?\(query)", headers: headers)
      }
      #expect(try await finish("192.0.2.1").status == 303)
      #expect(try await finish("192.0.2.1").status == 303)
      let refused = try await finish("192.0.2.1")
      #expect(refused.status == 429 && refused.problem == "too-many-logins")
      #expect(refused.headers[.retryAfter] != nil)
      #expect(login.provider.script.withLock { $0.forms.count } == 2)
      // Another network is not slowed; what is no login of this browser costs nothing.
      #expect(try await finish("192.0.2.2").status == 303)
      for _ in 0..<3 { #expect(try await login.get("/auth/callback?code=x&state=y").status == 400) }
      #expect(try await finish("192.0.2.2").status == 303)
    }
  }

  @Test("leads to a path of this host and to nothing else")
  func redirects() async throws {
    try await LoginFixture.with { login in
      let (_, owner, _) = try await login.region.organization()
      let session = try await login.region.receiveControlSession(user: owner)
      let hostile = [
        "//evil.example", "https://evil.example", "/\\evil.example", "\\/evil.example", "/%0d%0aSet-Cookie: x",
        "javascript:alert(1)",
        "/\u{09}/evil.example", "", "/a\u{0}b", "evil.example", "/auth/logout", "/auth/callback?code=1", "/ü",
        "/#//evil",
        "/" + String(repeating: "a", count: 3000),
      ]
      for path in hostile {
        let begun = try await login.begin("/auth/login?\(FormText.encode([("return_to", path)]))")
        login.give(begun, user: owner, session: session)
        let location = try await login.finish(begun).headers[.location]
        // What is percent-encoded in the path itself is a path of this host.
        #expect(location == "/" || location == "/%0d%0aSet-Cookie:%20x", "\(path) led to \(location ?? "-")")
      }
      for path in ["/", "/a/b?c=d&e=%2F%2Fx", "/acme/issues/"] {
        let begun = try await login.begin("/auth/login?\(FormText.encode([("return_to", path)]))")
        login.give(begun, user: owner, session: session)
        #expect(try await login.finish(begun).headers[.location] == path)
      }
    }
  }

  @Test("never adopts a session that the browser brought, and ends it")
  func fixation() async throws {
    try await LoginFixture.with { login in
      let (_, owner, _) = try await login.region.organization()
      let other = try await login.region.receiveUser()
      let planted = try await login.region.session(of: other)
      let session = try await login.region.receiveControlSession(user: owner)
      let begun = try await login.begin()
      login.give(begun, user: owner, session: session)
      let answer = try await login.finish(begun, cookies: "\(begun.cookie); \(login.site.sessionCookie)=\(planted)")
      let value = try #require(login.session(in: answer))
      #expect(value != planted)
      #expect(try await login.ask(cookie: planted).status == 401)
      #expect(try await login.ask(cookie: value).status == 200)
    }
  }

  @Test("waits for what control knew, and says so when it does not come")
  func waits() async throws {
    try await LoginFixture.with { login in
      let (_, owner, _) = try await login.region.organization()
      let session = try await login.region.receiveControlSession(user: owner)
      let begun = try await login.begin()
      login.give(begun, user: owner, session: session, position: LoginPosition("1.150"))
      let (region, applied) = (login.region, login.applied)
      async let applying: Void = {
        try await region.receiveFreshness(seen: 151)
        applied.ring()
      }()
      #expect(try await login.finish(begun).status == 303)
      try await applying
      let late = try await login.begin()
      login.give(late, user: owner, session: session, position: LoginPosition("1.200"))
      let refused = try await login.finish(late)
      #expect(refused.status == 503)
      #expect(refused.problem == "not-arrived")
      #expect(refused.headers[.retryAfter] != nil)
      // Another epoch of control's log, later: everything before it was decided.
      try await login.region.receiveFreshness(epoch: 2, seen: 5)
      let next = try await login.begin()
      login.give(next, user: owner, session: session, position: LoginPosition("1.300"))
      #expect(try await login.finish(next).status == 303)
    }
  }

  @Test("opens nothing for who was suspended, deleted, or logged out meanwhile")
  func ended() async throws {
    try await LoginFixture.with { login in
      let (_, owner, _) = try await login.region.organization()
      let ended = try await login.region.receiveControlSession(user: owner, state: "ended")
      let strange = try await login.region.receiveControlSession(user: .new())
      let live = try await login.region.receiveControlSession(user: owner)
      for session in [ended, strange] {
        let begun = try await login.begin()
        login.give(begun, user: owner, session: session)
        #expect(try await login.finish(begun).problem == "login-ended")
      }
      for (status, epoch, expected) in [
        ("suspended", Int64(1), "account-suspended"), ("active", 2, "login-ended"), ("deleted", 2, "login-ended"),
      ] {
        try await login.region.receiveStatus(of: owner, status: status, epoch: epoch)
        let begun = try await login.begin()
        login.give(begun, user: owner, session: live)
        #expect(try await login.finish(begun).problem == expected)
      }
      #expect(try await login.region.count("region.browser_session") == 0)
    }
  }

  @Test("says why it has to wait while control is away; sessions and API tokens that are open go on")
  func away() async throws {
    try await LoginFixture.with(away: true) { login in
      let (organization, owner, _) = try await login.region.organization()
      let refused = try await login.get("/auth/login?return_to=/x")
      #expect(refused.status == 503)
      #expect(refused.problem == "control-unavailable")
      #expect(refused.headers[.retryAfter] != nil)
      let page = try await login.get("/auth/login", page: true)
      #expect(page.status == 503)
      #expect(page.headers[.contentType] == "text/html; charset=utf-8")
      #expect(page.headers[.contentSecurityPolicy]?.contains("default-src 'none'") ?? false)
      let session = try await login.region.session(of: owner)
      #expect(try await login.ask(cookie: session).status == 200)
      let token = try await login.region.receiveAPIToken(of: owner, organization)
      #expect(try await login.ask(token: token).status == 200)
      // Leaving needs nobody.
      let left = try await Answer.of(
        login.host, .post, "/auth/logout", headers: login.leaving(session))
      #expect(left.headers[.location] == "/auth/logged-out")
      #expect(try await login.ask(cookie: session).status == 401)
    }
  }

  @Test("ends by a post from this host only, at once, and goes on to control's logout")
  func logout() async throws {
    try await LoginFixture.with { login in
      let (_, owner, _) = try await login.region.organization()
      let (session, control) = try await login.logIn(owner)
      let cookie = "\(login.site.sessionCookie)=\(session)"
      #expect(try await login.ask(cookie: session).status == 200)
      for origin in [
        nil, "https://evil.example", "https://us.example.com", "null", "https://eu.example.com.evil.example",
      ] {
        var headers = login.leaving(session)
        headers[.origin] = origin
        #expect(try await Answer.of(login.host, .post, "/auth/logout", headers: headers).problem == "foreign-origin")
      }
      #expect(try await login.get("/auth/logout", cookies: cookie, page: true).status == 200)
      #expect(try await login.ask(cookie: session).status == 200)
      let left = try await Answer.of(login.host, .post, "/auth/logout", headers: login.leaving(session))
      #expect(left.status == 303)
      let location = try #require(left.headers[.location])
      #expect(location.contains("/oauth/logout?client_id=eu&post_logout_redirect_uri=https%3A%2F%2Feu.example.com%2F"))
      #expect(location.hasSuffix("logout_hint=\(control)"))
      #expect(left.headers[.setCookie]?.contains("Max-Age=0") ?? false)
      #expect(try await login.ask(cookie: session).status == 401)
    }
  }

  @Test("is not ended by a form of this host that does not carry the session's token, as the page's own does")
  func form() async throws {
    try await LoginFixture.with { login in
      let (_, owner, _) = try await login.region.organization()
      let (session, _) = try await login.logIn(owner)
      let (other, _) = try await login.logIn(owner)
      let own = SessionFormToken.of(session)
      let cookie = "\(login.site.sessionCookie)=\(session)"
      func post(_ form: String?, type: String = "application/x-www-form-urlencoded", token: String? = nil) async throws
        -> Answer
      {
        var headers: HTTPFields = [.cookie: cookie, .origin: LoginFixture.url]
        if form != nil { headers[.contentType] = type }
        if let token { headers[.csrfToken] = token }
        return try await Answer.of(login.host, .post, "/auth/logout", text: form, headers: headers)
      }
      let strange = SessionFormToken.of(other)
      for form in [nil, "", "csrf=", "csrf=\(strange)", "csrf=\(own)x", "csrf=\(own)&csrf=\(own)", "token=\(own)"] {
        let refused = try await post(form)
        #expect(refused.status == 403 && refused.problem == "form-expired", "\(form ?? "nothing")")
      }
      #expect(try await post("csrf=\(own)", token: strange).problem == "form-expired", "a header counts alone")
      #expect(try await post("csrf=\(own)", type: "text/plain").status == 415)
      #expect(try await post("csrf=" + String(repeating: "x", count: 5000)).status == 413)
      #expect(try await login.ask(cookie: session).status == 200)
      // Both pages with the button carry it, and no other value.
      for path in ["/auth/logout", "/"] {
        let page = try await login.text(path, cookies: cookie)
        #expect(page.contains("<input type=\"hidden\" name=\"csrf\" value=\"\(own)\">"), "\(path)")
        #expect(!page.contains(session))
      }
      #expect(try await !login.text("/auth/logout").contains("csrf"), "nothing without a session")
      #expect(try await post("csrf=\(own)").status == 303)
      #expect(try await login.ask(cookie: session).status == 401)
      #expect(try await login.ask(cookie: other).status == 200)
      // Without a session there is nothing to end, and nothing is needed.
      let idle = try await Answer.of(login.host, .post, "/auth/logout", headers: [.origin: LoginFixture.url])
      #expect(idle.headers[.location] == "/auth/logged-out")
    }
  }

  @Test("tells scripts of this host who is logged in and what changes carry, and nobody else")
  func session() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, _) = try await login.region.organization()
      let (session, _) = try await login.logIn(owner)
      let cookie = "\(login.site.sessionCookie)=\(session)"
      let seen = try await login.get("/auth/session", cookies: cookie)
      #expect(seen.status == 200 && seen.headers[.cacheControl] == "no-store")
      #expect(try seen.text("user_id") == owner.description)
      #expect(try seen.text("csrf_token") == SessionFormToken.of(session))
      #expect(try await login.get("/auth/session").status == 401)
      let foreign = try await Answer.of(
        login.host, .get, "/auth/session", headers: [.cookie: cookie, .origin: "https://us.example.com"])
      #expect(foreign.problem == "foreign-origin" && foreign["csrf_token"] == nil)
      let token = try login.region.token(owner, organization)
      #expect(try await Answer.of(login.host, .get, "/auth/session", token: token).status == 401)
      try await login.region.receiveStatus(of: owner, status: "active", epoch: 2)
      #expect(try await login.get("/auth/session", cookies: cookie).status == 401)
    }
  }

  @Test("ends on a page that says what one may enter here, where no application has one")
  func start() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, _) = try await login.region.organization()
      try await login.region.client.execute(
        "UPDATE region.organization SET name = '<script>alert(1)</script>' WHERE id = \(organization.uuid)")
      #expect(try await login.text("/").contains("You are not logged in here."))
      let (session, _) = try await login.logIn(owner)
      let cookie = "\(login.site.sessionCookie)=\(session)"
      let page = try await login.text("/", cookies: cookie)
      #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; (acme): owner"))
      #expect(!page.contains("<script"))
      try await login.region.receiveStatus(of: owner, status: "suspended")
      #expect(try await login.text("/", cookies: cookie).contains("You are not logged in here."))
    }
  }

  @Test("keeps browsers to TLS for the region's host, on pages, redirects and refusals")
  func strictTransport() async throws {
    try await LoginFixture.with { login in
      for (path, status) in [
        ("/", 200), ("/auth/login", 303), ("/auth/logout", 200), ("/auth/logged-out", 200), ("/auth/callback", 400),
      ] {
        let answer = try await login.get(path, page: true)
        #expect(answer.status == status && answer.headers[.strictTransportSecurity] == "max-age=31536000", "\(path)")
      }
      // An application's own answers are its own.
      let other = try await login.ask()
      #expect(other.headers[.strictTransportSecurity] == nil)
    }
    try await LoginFixture.with(url: "http://127.0.0.1:8401") { login in
      let page = try await login.get("/auth/logout", page: true)
      #expect(page.status == 200 && page.headers[.strictTransportSecurity] == nil)
    }
  }

  @Test("tidies sessions that are over, and no others")
  func prunes() async throws {
    try await LoginFixture.with { login in
      let (_, owner, _) = try await login.region.organization()
      let (session, _) = try await login.logIn(owner)
      _ = try await login.region.session(of: owner, seenSecondsAgo: 8 * 86_400)
      _ = try await login.region.session(of: owner, lifetime: -1)
      _ = try await login.region.session(of: owner, on: .new())
      let keeper = LoginKeeper(
        database: login.region.database, signer: login.signer, used: UseRecorder(), auditDays: 400,
        now: WallClock.system.seconds,
        logger: FakeControl.logger)
      #expect(try await keeper.prune() == 3)
      #expect(try await login.ask(cookie: session).status == 200)
    }
  }
}

extension HTTPField.Name {
  static var origin: HTTPField.Name { HTTPField.Name("Origin") ?? .via }
}
