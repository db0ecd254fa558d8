import ControlPlane
import HTTPTypes
import Postgres
import Silo
import Testing

@Suite struct LoginPageTests {
  private static let own = "http://127.0.0.1:8400"

  @Test("a person signs up, confirms with the mail's link, logs in, sees nothing yet and logs out")
  func wholeLife() async throws {
    try await withControl { control in
      let visit = Visit(control)
      try await visit.get("/signup")
      let sent = try await visit.post(
        "/signup", ["name": "Ada", "email": "ada@example.com", "password": ControlFixture.password])
      #expect(sent.status == 200)
      #expect(visit.html.contains("Look into your mail"))
      try await control.deliver()
      let token = try #require(control.mail.token(.signUp, to: "ada@example.com"))
      // Looking at the link confirms nothing.
      #expect(try await visit.get("/signup/verify?token=\(token)").status == 200)
      #expect(try await control.query("SELECT count(*) FROM control.\"user\"").only().decode(Int64.self) == 0)
      let verified = try await visit.post("/signup/verify", ["token": token, "current": ControlFixture.password])
      #expect(verified.status == 303)
      #expect(verified.headers[.location] == "/login?done=verified")
      let login = try await visit.logIn("ada@example.com")
      #expect(login.status == 303)
      #expect(login.headers[.location] == "/organizations")
      #expect(TokenFormat.session.recognizes(try #require(visit.cookies["atoll"])))
      #expect(try await visit.get("/organizations").status == 200)
      #expect(visit.html.contains("You belong to no organization yet"))
      #expect(visit.html.contains("ada@example.com"))
      #expect(try await visit.get("/login").headers[.location] == "/organizations")
      let token2 = try #require(visit.cookies["atoll"])
      try await visit.get("/organizations")
      let out = try await visit.post("/logout", [:])
      #expect(out.headers[.location] == "/login?done=logged-out")
      #expect(visit.cookies["atoll"] == nil)
      #expect(try await visit.get("/organizations").headers[.location] == "/login?return_to=%2Forganizations")
      #expect(try await control.get("/api/v1/me", token: token2).status == 401)
    }
  }

  @Test("a used or unknown link of a sign-up is told apart from nothing, and makes no account")
  func usedLink() async throws {
    try await withControl { control in
      let visit = Visit(control)
      try await visit.get("/signup/verify?token=atlv_nonsense")
      let answer = try await visit.post("/signup/verify", ["token": "atlv_nonsense", "current": "x"])
      #expect(answer.status == 404)
      #expect(visit.html.contains("This link is not valid any more"))
    }
  }

  @Test("a wrong password and an unknown address get one page, and the address stays in the form")
  func wrongPassword() async throws {
    try await withControl { control in
      _ = try await control.person("ada@example.com")
      let visit = Visit(control)
      let wrong = try await visit.logIn("ada@example.com", "not the right password")
      let first = visit.html.replacing(visit.csrf ?? "", with: "")
      #expect(wrong.status == 403)
      #expect(visit.cookies["atoll"] == nil)
      #expect(visit.html.contains("value=\"ada@example.com\""))
      #expect(!visit.html.contains("not the right password"))
      let unknown = try await visit.logIn("bob@example.com", "not the right password")
      #expect(unknown.status == 403)
      #expect(
        visit.html.replacing(visit.csrf ?? "", with: "").replacing("bob@", with: "ada@") == first)
    }
  }

  @Test("sign-up says at each field what is wrong and keeps the rest, never the password")
  func fieldErrors() async throws {
    try await withControl { control in
      let visit = Visit(control)
      try await visit.get("/signup")
      let short = try await visit.post(
        "/signup", ["name": "Ada \"L\" <3", "email": "ada@example.com", "password": "short pass"])
      #expect(short.status == 422)
      #expect(visit.html.contains("id=\"form-password-error\""))
      #expect(visit.html.contains("value=\"Ada &#34;L&#34; &#60;3\""))
      #expect(!visit.html.contains("short pass"))
      let bad = try await visit.post(
        "/signup", ["name": "Ada", "email": "ada", "password": ControlFixture.password])
      #expect(bad.status == 422)
      #expect(visit.html.contains("id=\"form-email-error\""))
      #expect(visit.html.contains("<title>Error: "))
    }
  }

  // MARK: Forgery

  @Test(
    "a login from another origin is refused even with a good form token: a region's subdomain, another port, nobody",
    arguments: ["https://eu.example.com", "http://127.0.0.1:8401", "http://localhost:8400", "null", nil])
  func foreignLogin(origin: String?) async throws {
    try await withControl { control in
      _ = try await control.person("ada@example.com")
      let visit = Visit(control)
      try await visit.get("/login")
      let answer = try await visit.post(
        "/login", ["email": "ada@example.com", "password": ControlFixture.password], origin: origin)
      #expect(answer.status == 403)
      #expect(visit.html.contains("This came from another site"))
      #expect(visit.cookies["atoll"] == nil)
    }
  }

  @Test("a form needs its token, of this very session: none, another browser's and one from before login are refused")
  func formTokens() async throws {
    try await withControl { control in
      _ = try await control.person("ada@example.com")
      let visit = Visit(control)
      let fields = ["email": "ada@example.com", "password": ControlFixture.password]
      try await visit.get("/login")
      let mine = try #require(visit.csrf)
      let other = Visit(control)
      try await other.get("/login")
      let theirs = try #require(other.csrf)
      for wrong in [nil, "", theirs, String(mine.dropLast()), mine + "A"] {
        #expect(try await visit.post("/login", fields, csrf: wrong, origin: Self.own).status == 403)
        #expect(visit.html.contains("This page is out of date"))
      }
      // Without the cookie that it is bound to a token is worth nothing.
      let bare = Visit(control)
      #expect(try await bare.post("/login", fields, csrf: mine, origin: Self.own).status == 403)
      #expect(try await visit.post("/login", fields, csrf: mine, origin: Self.own).status == 303)
      #expect(try await visit.post("/logout", [:], csrf: mine, origin: Self.own).status == 403)
      #expect(try await visit.get("/organizations").status == 200)
      #expect(try await visit.post("/logout", [:]).status == 303)
    }
  }

  @Test("a form that is sent as something else than a form is refused")
  func otherContentType() async throws {
    try await withControl { control in
      let visit = Visit(control)
      try await visit.get("/login")
      let answer = try await visit.post(
        "/login", ["email": "a"], csrf: visit.csrf, origin: Self.own, headers: [("Content-Type", "text/plain")])
      #expect(answer.status == 415)
    }
  }

  // MARK: Sessions

  @Test("a session that somebody else put into the browser does not survive the login, and neither does one's own")
  func fixation() async throws {
    try await withControl { control in
      let mallory = try await control.person("mallory@example.com", name: "Mallory")
      _ = try await control.person("ada@example.com")
      let visit = Visit(control)
      visit.cookies["atoll"] = mallory.token
      try await visit.get("/login?return_to=%2Foauth%2Fauthorize%3Fx%3D1")
      try await visit.post(
        "/login",
        ["email": "ada@example.com", "password": ControlFixture.password, "return_to": "/oauth/authorize?x=1"])
      let fresh = try #require(visit.cookies["atoll"])
      #expect(fresh != mallory.token)
      #expect(try await control.get("/api/v1/me", token: mallory.token).status == 401)
      #expect(try await control.get("/api/v1/me", token: fresh).text("email") == "ada@example.com")
      let made = Visit(control)
      made.cookies["atoll"] = TokenFormat.session.mint()
      try await made.get("/login")
      try await made.logIn("ada@example.com")
      let own = try #require(made.cookies["atoll"])
      #expect(try await control.get("/api/v1/me", token: own).status == 200)
    }
  }

  @Test("what a browser brings that is no session, twice a session or an ended one is nobody")
  func badCookies() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      for cookie in [
        "atoll=", "atoll=x", "atoll=\(ada.token); atoll=\(ada.token)", "Atoll=\(ada.token)", "atoll=\(ada.token)x",
      ] {
        var headers = HTTPFields()
        headers[.cookie] = cookie
        #expect(try await control.raw(.get, "/organizations", headers: headers, body: nil).status == 303)
      }
      // The API takes no cookies, so no form and no script of another page can use them there.
      var headers = HTTPFields()
      headers[.cookie] = "atoll=\(ada.token)"
      #expect(try await control.raw(.get, "/api/v1/me", headers: headers, body: nil).status == 401)
    }
  }

  // MARK: Ways back

  @Test(
    "a login leads back to a path of our own only",
    arguments: ["//evil.example", "https://evil.example", "/\\evil", "/%2fevil"])
  func openRedirect(target: String) async throws {
    try await withControl { control in
      _ = try await control.person("ada@example.com")
      let visit = Visit(control)
      try await visit.get("/login?return_to=\(target)")
      #expect(visit.value("return_to") == nil)
      let answer = try await visit.post(
        "/login", ["email": "ada@example.com", "password": ControlFixture.password, "return_to": target])
      #expect(answer.headers[.location] == "/organizations")
    }
  }

  @Test("a login on the way to the provider goes on as a page of its own, and asks again who is logged in already")
  func provider() async throws {
    try await withControl { control in
      _ = try await control.person("ada@example.com")
      let visit = Visit(control)
      let way = "/login?return_to=%2Foauth%2Fauthorize%3Fclient_id%3Deu%26state%3Dx"
      let answer = try await visit.logIn("ada@example.com", at: way)
      #expect(answer.status == 200)
      #expect(
        visit.html.contains(
          "http-equiv=\"refresh\" content=\"0;url=/oauth/authorize?client_id&#61;eu&#38;state&#61;x\""))
      #expect(try await visit.get(way).status == 200)
      #expect(visit.html.contains("You are logged in as ada@example.com"))
    }
  }
}
