import HTTPTypes
import Postgres
import Silo
import Testing

@testable import ControlPlane

@Suite struct SettingsPageTests {
  private static let other = "another quite long password"

  @Test("every section needs a login and comes back to itself after it")
  func needsLogin() async throws {
    try await withControl { control in
      _ = try await control.person("ada@example.com")
      for section in SettingsSection.allCases {
        let visit = Visit(control)
        let answer = try await visit.get(section.path)
        #expect(answer.status == 303)
        let login = try #require(answer.headers[.location])
        #expect(try await visit.logIn("ada@example.com", at: login).headers[.location] == section.path)
        #expect(try await visit.get(section.path).status == 200)
        #expect(visit.html.contains("aria-current=\"page\">\(section.label)</a>"))
      }
    }
  }

  @Test("the pages that change something refuse another origin and a missing token, logged in or not")
  func forgery() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let paths = [
        "/logout", "/organizations", "/invitations/accept", "/settings/name", "/settings/email",
        "/settings/email/verify",
        "/settings/password", "/settings/second-factor/begin", "/settings/second-factor/confirm",
        "/settings/second-factor/codes", "/settings/second-factor/remove", "/settings/sessions/end-all",
        "/settings/sessions/\(ada.id)/end", "/settings/tokens/\(ada.id)", "/settings/tokens/\(ada.id)/\(ada.id)/revoke",
        "/settings/applications/x/withdraw", "/settings/delete", "/login", "/login/second-factor", "/signup",
        "/signup/verify", "/forgot", "/reset",
      ]
      let visit = Visit(control)
      try await visit.logIn("ada@example.com")
      try await visit.get("/settings")
      let csrf = visit.csrf
      let fields = [
        "current": ControlFixture.password, "password": Self.other, "name": "Eve", "email": "eve@example.com",
      ]
      for path in paths {
        for origin in ["https://eu.127.0.0.1", "http://127.0.0.1:8401", "null", nil] {
          #expect(
            try await visit.post(path, fields, csrf: csrf, origin: origin).status == 403, "\(path) \(origin ?? "-")")
        }
        #expect(
          try await visit.post(
            path, fields, csrf: csrf, origin: "http://127.0.0.1:8400", headers: [("Sec-Fetch-Site", "same-site")]
          ).status == 403, "\(path)")
        #expect(
          try await visit.post(path, fields, csrf: nil, origin: "http://127.0.0.1:8400").status == 403, "\(path)")
      }
      #expect(try await control.get("/api/v1/me", token: ada.token).text("name") == "Ada")
      #expect(try await visit.get("/settings").status == 200)
    }
  }

  @Test("a password is changed with the old one; other sessions end and this one goes on under a new token")
  func password() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let visit = Visit(control)
      try await visit.logIn("ada@example.com")
      let before = try #require(visit.cookies["atoll"])
      try await visit.get("/settings/password")
      let wrong = try await visit.post("/settings/password", ["current": "wrong wrong wrong", "password": Self.other])
      #expect(wrong.status == 403)
      #expect(visit.html.contains("id=\"password-current-error\""))
      let short = try await visit.post("/settings/password", ["current": ControlFixture.password, "password": "short"])
      #expect(short.status == 422)
      #expect(visit.html.contains("id=\"password-password-error\""))
      let changed = try await visit.post(
        "/settings/password", ["current": ControlFixture.password, "password": Self.other])
      #expect(changed.headers[.location] == "/settings/password?done=password-changed")
      #expect(visit.cookies["atoll"] != before)
      #expect(try await visit.get("/settings/password?done=password-changed").status == 200)
      #expect(visit.html.contains("Your password is changed"))
      #expect(try await control.get("/api/v1/me", token: before).status == 401)
      #expect(try await control.get("/api/v1/me", token: ada.token).status == 401)
      #expect(try await visit.post("/logout", [:]).status == 303)
      #expect(try await visit.logIn("ada@example.com").status == 403)
      #expect(try await visit.logIn("ada@example.com", Self.other).status == 303)
    }
  }

  @Test("two-step login is set up with a key and a code, asked for at login, survives a lost device and is turned off")
  func secondFactor() async throws {
    try await withControl { control in
      _ = try await control.person("ada@example.com")
      let visit = Visit(control)
      try await visit.logIn("ada@example.com")
      try await visit.get("/settings/second-factor")
      #expect(try await visit.post("/settings/second-factor/begin", ["current": "wrong wrong wrong"]).status == 403)
      #expect(try await visit.post("/settings/second-factor/begin", ["current": ControlFixture.password]).status == 200)
      #expect(visit.html.contains("aria-label=\"QR code of the key\""))
      let secret = try #require(visit.value("secret"))
      let uri = Visit.unescaped(try #require(visit.value("uri")))
      let carried = ["secret": secret, "uri": uri]
      let wrong = try await visit.post("/settings/second-factor/confirm", carried.merging(["code": "000000"]) { $1 })
      #expect(wrong.status == 403)
      #expect(visit.html.contains("aria-label=\"QR code of the key\""))
      #expect(visit.value("secret") == secret)
      let before = visit.cookies["atoll"]
      let on = try await visit.post(
        "/settings/second-factor/confirm", carried.merging(["code": try code(secret, control)]) { $1 })
      #expect(on.status == 200)
      #expect(visit.cookies["atoll"] != before)
      let recovery = visit.html.split(separator: "<li><code>").dropFirst().map { String($0.prefix { $0 != "<" }) }
      #expect(recovery.count == 10)
      // The form of that very page is bound to the new session.
      #expect(try await visit.post("/logout", [:]).status == 303)
      let first = try await visit.logIn("ada@example.com")
      #expect(first.headers[.location] == "/login/second-factor")
      #expect(visit.cookies["atoll"] == nil)
      try await visit.get("/login/second-factor")
      #expect(try await visit.post("/login/second-factor", ["code": "123"]).status == 403)
      #expect(visit.cookies["atoll"] == nil)
      control.clock.advance(60)
      let second = try await visit.post("/login/second-factor", ["code": try code(secret, control)])
      #expect(second.headers[.location] == "/organizations")
      try await visit.get("/settings/sessions")
      #expect(visit.html.contains("with two steps"))
      let lost = Visit(control)
      try await lost.logIn("ada@example.com", at: "/login?return_to=%2Fsettings")
      #expect(try await lost.get("/login/second-factor?return_to=%2Fsettings").status == 200)
      let recovered = try await lost.post(
        "/login/second-factor", ["code": try #require(recovery.first), "return_to": "/settings"])
      #expect(recovered.headers[.location] == "/settings")
      try await lost.get("/settings/second-factor")
      #expect(lost.html.contains("<strong dir=\"auto\">9</strong>"))
      control.clock.advance(60)
      let off = try await lost.post(
        "/settings/second-factor/remove", ["current": ControlFixture.password, "code": try code(secret, control)])
      #expect(off.headers[.location] == "/settings/second-factor?done=second-factor-off")
      #expect(try await Visit(control).logIn("ada@example.com").headers[.location] == "/organizations")
    }
  }

  @Test("the second step belongs to the browser that took the first one")
  func halfLogin() async throws {
    try await withControl { control in
      let visit = Visit(control)
      #expect(try await visit.get("/login/second-factor").headers[.location] == "/login")
      try await visit.get("/login")
      let answer = try await visit.post("/login/second-factor", ["code": "123456"])
      #expect(answer.status == 403)
      #expect(visit.html.contains("Begin with the password again"))
    }
  }

  @Test("sessions are listed and ended one by one and everywhere; another's cannot be ended")
  func sessions() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let bob = try await control.person("bob@example.com", name: "Bob")
      let visit = Visit(control)
      try await visit.logIn("ada@example.com")
      try await visit.get("/settings/sessions")
      #expect(visit.html.contains("This session"))
      let rows = try await control.query(
        "SELECT id::text FROM control.session WHERE user_id::text = \(ada.id) ORDER BY created"
      ).decode(String.self)
      let bobs = try await control.query("SELECT id::text FROM control.session WHERE user_id::text = \(bob.id)")
        .only().decode(String.self)
      #expect(rows.count == 2)
      #expect(try await visit.post("/settings/sessions/\(bobs)/end", [:]).status == 404)
      try await visit.get("/settings/sessions")
      #expect(
        try await visit.post("/settings/sessions/\(rows[0])/end", [:]).headers[.location]
          == "/settings/sessions?done=session-ended")
      #expect(try await control.get("/api/v1/me", token: ada.token).status == 401)
      try await visit.get("/settings/sessions")
      #expect(
        try await visit.post("/settings/sessions/end-all", [:]).headers[.location] == "/login?done=others-ended")
      #expect(visit.cookies["atoll"] == nil)
      #expect(try await control.get("/api/v1/me", token: bob.token).status == 200)
    }
  }

  @Test("a name is changed at once, an address when the link in its mail is opened")
  func profile() async throws {
    try await withControl { control in
      _ = try await control.person("ada@example.com")
      let visit = Visit(control)
      try await visit.logIn("ada@example.com")
      try await visit.get("/settings")
      #expect(try await visit.post("/settings/name", ["name": "  "]).status == 422)
      #expect(visit.html.contains("id=\"name-name-error\""))
      #expect(
        try await visit.post("/settings/name", ["name": "Ada King"]).headers[.location] == "/settings?done=name-changed"
      )
      try await visit.get("/settings")
      #expect(visit.html.contains("value=\"Ada King\""))
      #expect(
        try await visit.post("/settings/email", ["email": "king", "current": ControlFixture.password]).status == 422)
      #expect(visit.html.contains("id=\"email-email-error\""))
      #expect(
        try await visit.post("/settings/email", ["email": "king@example.com", "current": "wrong wrong"]).status == 403)
      #expect(visit.html.contains("value=\"king@example.com\""))
      let asked = try await visit.post(
        "/settings/email", ["email": "king@example.com", "current": ControlFixture.password])
      #expect(asked.headers[.location] == "/settings?done=email-asked")
      try await control.deliver()
      let token = try #require(control.mail.token(.emailChange, to: "king@example.com"))
      // Whoever gets the letter without having asked for it gives nothing away.
      _ = try await control.person("bob@example.com", name: "Bob")
      let bob = Visit(control)
      #expect(try await bob.get("/settings/email/verify?token=\(token)").status == 303)
      try await bob.logIn("bob@example.com")
      try await bob.get("/settings/email/verify?token=\(token)")
      #expect(try await bob.post("/settings/email/verify", ["token": token]).status == 404)
      try await visit.get("/settings/email/verify?token=\(token)")
      #expect(
        try await visit.post("/settings/email/verify", ["token": token]).headers[.location]
          == "/settings?done=email-changed")
      try await visit.get("/settings")
      #expect(visit.html.contains("king@example.com"))
      try await visit.get("/settings/email/verify?token=\(token)")
      #expect(try await visit.post("/settings/email/verify", ["token": token]).status == 404)
    }
  }

  @Test(
    "a forgotten password is set anew with the link of a mail, once; an unknown address gets the same answer and no mail"
  )
  func reset() async throws {
    try await withControl { control in
      _ = try await control.person("ada@example.com")
      let visit = Visit(control)
      try await visit.get("/forgot")
      #expect(try await visit.post("/forgot", ["email": "ada"]).status == 422)
      #expect(try await visit.post("/forgot", ["email": "ada@example.com"]).status == 200)
      let known = visit.html
      try await visit.get("/forgot")
      #expect(try await visit.post("/forgot", ["email": "eve@example.com"]).status == 200)
      #expect(visit.html.replacing("eve@", with: "ada@") == known)
      try await control.deliver()
      let token = try #require(control.mail.token(.passwordReset, to: "ada@example.com"))
      #expect(control.mail.token(.passwordReset, to: "eve@example.com") == nil)
      try await visit.get("/reset?token=\(token)")
      #expect(try await visit.post("/reset", ["token": token, "password": "short"]).status == 422)
      #expect(visit.value("token") == token)
      #expect(
        try await visit.post("/reset", ["token": token, "password": Self.other]).headers[.location]
          == "/login?done=password-set")
      try await visit.get("/reset?token=\(token)")
      #expect(try await visit.post("/reset", ["token": token, "password": Self.other + "x"]).status == 404)
      #expect(try await visit.logIn("ada@example.com", Self.other).status == 303)
    }
  }

  @Test("an API token is shown once, works out nothing for strangers, and is revoked")
  func tokens() async throws {
    try await withControl { control in
      let world = try await World(control)
      let visit = Visit(control)
      try await visit.logIn("ada@example.com")
      try await visit.get("/settings/tokens")
      #expect(visit.html.contains("/settings/tokens/\(world.organization)"))
      let path = "/settings/tokens/\(world.organization)"
      try await visit.get(path)
      #expect(visit.html.contains("type=\"checkbox\" name=\"scopes\""))
      let none = try await visit.post(path, ["name": "Deploy", "own": "nonsense", "days": "30"])
      #expect(none.status == 422)
      #expect(visit.html.contains("id=\"create-scopes-error\""))
      #expect(visit.html.contains("value=\"Deploy\""))
      let made = try await visit.post(
        path, ["name": "Deploy", "scopes": "org:read", "own": "app:shipping", "days": "30"])
      #expect(made.status == 200)
      let token = try #require(visit.html.firstMatch(of: /atl_org_[A-Za-z0-9_]+/)).output
      try await visit.get(path)
      #expect(!visit.html.contains(token))
      #expect(visit.html.contains("app:shipping, org:read"))
      let revoke = try #require(visit.html.firstMatch(of: /\/settings\/tokens\/[^"\/]+\/[^"\/]+\/revoke/)).output
      let bob = Visit(control)
      try await bob.logIn("bob@example.com")
      #expect(try await bob.get(path).status == 404)
      try await bob.get("/settings")
      #expect(try await bob.post(String(revoke), [:]).status == 404)
      #expect(try await visit.post(String(revoke), [:]).headers[.location] == "\(path)?done=token-revoked")
      try await visit.get(path)
      #expect(!visit.html.contains("app:shipping"))
    }
  }

  @Test("who logged in a while ago is asked for the password before a token is made, at its field")
  func freshToken() async throws {
    try await withControl { control in
      let world = try await World(control)
      let visit = Visit(control)
      try await visit.logIn("ada@example.com")
      let path = "/settings/tokens/\(world.organization)"
      try await visit.get(path)
      #expect(!visit.html.contains("name=\"current\""))
      control.clock.advance(Double(control.environment.limits.freshProof) + 1)
      try await visit.get(path)
      #expect(visit.html.contains("name=\"current\""))
      let fields = ["name": "Deploy", "scopes": "org:read", "days": "30"]
      for current in ["", "wrong wrong wrong"] {
        #expect(try await visit.post(path, fields.merging(["current": current]) { $1 }).status == 403)
        #expect(visit.html.contains("id=\"create-current-error\""))
        #expect(visit.html.contains("value=\"Deploy\""))
      }
      let made = try await visit.post(path, fields.merging(["current": ControlFixture.password]) { $1 })
      #expect(made.status == 200)
      #expect(visit.html.contains("atl_org_eu_"))
    }
  }

  @Test("an account is deleted with its password; whoever alone owns an organization is told so")
  func deletion() async throws {
    try await withControl { control in
      _ = try await World(control)
      let ada = Visit(control)
      try await ada.logIn("ada@example.com")
      try await ada.get("/settings/delete")
      #expect(try await ada.post("/settings/delete", ["current": "wrong wrong"]).status == 403)
      #expect(try await ada.post("/settings/delete", ["current": ControlFixture.password]).status == 409)
      #expect(ada.html.contains("acme"))
      let bob = Visit(control)
      try await bob.logIn("bob@example.com")
      try await bob.get("/settings/delete")
      #expect(
        try await bob.post("/settings/delete", ["current": ControlFixture.password]).headers[.location]
          == "/login?done=deleted")
      #expect(bob.cookies["atoll"] == nil)
      #expect(try await bob.logIn("bob@example.com").status == 403)
    }
  }

  @Test("who tries too often is told how long to wait, with the status and header of it")
  func throttled() async throws {
    try await withControl { control in
      _ = try await control.person("ada@example.com")
      let visit = Visit(control)
      var last = try await visit.logIn("ada@example.com", "wrong wrong wrong")
      for _ in 0..<12 where last.status != 429 {
        last = try await visit.logIn("ada@example.com", "wrong wrong wrong")
      }
      #expect(last.status == 429)
      #expect(last.headers[.retryAfter] != nil)
      #expect(visit.html.contains("Too many attempts"))
      #expect(visit.html.contains("value=\"ada@example.com\""))
    }
  }

  private func code(_ secret: String, _ control: ControlFixture) throws -> String {
    var bits = secret.flatMap { letter -> [Character] in
      let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".firstIndex(of: letter).map {
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".distance(from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".startIndex, to: $0)
      }
      let digits = String(value ?? 0, radix: 2)
      return Array(String(repeating: "0", count: 5 - digits.count) + digits)
    }
    var seed: [UInt8] = []
    while bits.count >= 8 {
      seed.append(try #require(UInt8(String(bits.prefix(8)), radix: 2)))
      bits.removeFirst(8)
    }
    return OneTimePassword(seed: seed).code(at: OneTimePassword.step(at: control.clock.now))
  }
}
