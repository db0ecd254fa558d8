import ControlPlane
import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct IdentityTests {
  @Test("signing up, logging in, asking who one is and logging out works, and the session then opens nothing")
  func wholeLife() async throws {
    try await withControl { control in
      let ada = try await control.person("Ada@Example.com")
      let me = try await control.get("/api/v1/me", token: ada.token)
      #expect(try me.text("email") == "Ada@Example.com")
      #expect(try await control.send(.post, "/api/v1/logout", token: ada.token).status == 204)
      #expect(try await control.get("/api/v1/me", token: ada.token).status == 401)
    }
  }

  @Test("an address is one account in every letter case and Unicode form")
  func oneAccount() async throws {
    try await withControl { control in
      _ = try await control.person("jos\u{E9}@example.com")
      for other in ["JOS\u{C9}@EXAMPLE.COM", "jose\u{301}@example.com", "  jos\u{E9}@example.com "] {
        let again = try await control.post(
          "/api/v1/signup",
          ["email": .string(other), "password": .string(ControlFixture.password), "name": "J"])
        #expect(again.status == 202)
        try await control.deliver()
        #expect(control.mail.sent.last?.subject == "You have an account already")
        let login = try await control.post(
          "/api/v1/login", ["email": .string(other), "password": .string(ControlFixture.password)])
        #expect(login.status == 200)
      }
    }
  }

  @Test(
    "sign-up refuses what is not an address, a name or a password",
    arguments: [
      ("a", ControlFixture.password, "A", "email-invalid"),
      ("a@b", ControlFixture.password, "A", "email-invalid"),
      ("a@@example.com", ControlFixture.password, "A", "email-invalid"),
      ("a b@example.com", ControlFixture.password, "A", "email-invalid"),
      (String(repeating: "a", count: 65) + "@example.com", ControlFixture.password, "A", "email-invalid"),
      ("a@example.com", "fourteen chars", "A", "password-too-short"),
      ("a@example.com", String(repeating: "a", count: 1025), "A", "password-too-long"),
      ("a@example.com", ControlFixture.password, "  ", "name-invalid"),
      ("a@example.com", ControlFixture.password, "a\u{7}b", "name-invalid"),
    ])
  func refusals(email: String, password: String, name: String, problem: String) async throws {
    try await withControl { control in
      let answer = try await control.post(
        "/api/v1/signup", ["email": .string(email), "password": .string(password), "name": .string(name)])
      #expect(answer.status == 422)
      #expect(answer.problem == problem)
    }
  }

  @Test("a session that is used goes on to its end, one that nobody uses for two weeks opens nothing, pages included")
  func idle() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let left = try await control.logIn("ada@example.com").text("session_token")
      let limits = control.environment.limits
      for _ in 0..<2 {
        control.clock.advance(Double(limits.sessionIdle) - 60)
        #expect(try await control.get("/api/v1/me", token: ada.token).status == 200)
      }
      #expect(try await control.get("/api/v1/me", token: left).status == 401)
      let page = try await control.raw(.get, "/organizations", headers: [.cookie: "atoll=\(left)"], body: nil)
      #expect(page.status == 303)
      // What a region opened on it may go on, so its person still sees it and can end it.
      let listed = try await control.get("/api/v1/sessions", token: ada.token).json.field("sessions")
      #expect(try listed.array(maximum: 9).count == 2)
      control.clock.advance(Double(limits.sessionIdle))
      #expect(try await control.get("/api/v1/me", token: ada.token).status == 401)
    }
  }

  @Test("a wrong password, an unknown address and a suspended person get one and the same answer")
  func sameAnswer() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let wrong = try await control.post(
        "/api/v1/login", ["email": "ada@example.com", "password": "not the right password"])
      let unknown = try await control.post(
        "/api/v1/login", ["email": "nobody@example.com", "password": "not the right password"])
      let noAddress = try await control.post("/api/v1/login", ["email": "", "password": "not the right password"])
      let path = "/api/v1/operator/users/\(ada.id)/status"
      #expect(try await control.post(path, token: control.operatorToken, ["status": "suspended"]).status == 200)
      let suspended = try await control.post(
        "/api/v1/login", ["email": "ada@example.com", "password": .string(ControlFixture.password)])
      #expect(Set([wrong.status, unknown.status, noAddress.status, suspended.status]) == [401])
      #expect(Set([wrong.bytes, unknown.bytes, noAddress.bytes, suspended.bytes]).count == 1)
      #expect(try await control.get("/api/v1/me", token: ada.token).status == 401)
    }
  }

  @Test("lifting a suspension does not revive older sessions")
  func epochRises() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let path = "/api/v1/operator/users/\(ada.id)/status"
      _ = try await control.post(path, token: control.operatorToken, ["status": "suspended"])
      _ = try await control.post(path, token: control.operatorToken, ["status": "active"])
      #expect(try await control.get("/api/v1/me", token: ada.token).status == 401)
      let login = try await control.post(
        "/api/v1/login", ["email": "ada@example.com", "password": .string(ControlFixture.password)])
      #expect(login.status == 200)
    }
  }

  @Test("a session ends when its time is over, and no other kind of token is a session")
  func sessionLimits() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      for token in [control.operatorToken, TokenFormat.session.mint(), ada.token + "x", "atls_", "x"] {
        #expect(try await control.get("/api/v1/me", token: token).status == 401)
      }
      #expect(try await control.get("/api/v1/me").status == 401)
      control.clock.advance(31 * 86_400)
      #expect(try await control.get("/api/v1/me", token: ada.token).status == 401)
    }
  }

  @Test(
    "bodies that are not strict JSON of the right shape are refused with a problem",
    arguments: [
      ("{\"email\":\"a@b.c\",\"email\":\"x@b.c\",\"password\":\"x\"}", 400),
      ("{\"email\":\"a@b.c\",\"password\":\"x\",}", 400),
      ("{\"email\":\"a\\u0000@b.c\",\"password\":\"x\"}", 400),
      ("{\"email\":\"a@b.c\",\"password\":1}", 400),
      ("{\"email\":\"a@b.c\",\"password\":\"x\",\"admin\":true}", 400),
      (String(repeating: "[", count: 2000), 400),
      ("{\"email\":\"" + String(repeating: "a", count: 9000) + "\"}", 413),
    ])
  func strictBodies(body: String, status: Int) async throws {
    try await withControl { control in
      let answer = try await control.raw(
        .post, "/api/v1/login", headers: [.contentType: "application/json"], body: Array(body.utf8))
      #expect(answer.status == status)
      #expect(answer.headers[.contentType] == "application/problem+json")
    }
  }

  @Test("passwords are Argon2id with the agreed costs, verify, and an unknown person costs the same work")
  func hashing() async throws {
    let hasher = try PasswordHasher(workers: 1, queue: 4)
    let phc = try await hasher.hash("a long enough password")
    #expect(phc.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
    #expect(try await hasher.verify("a long enough password", against: phc))
    #expect(try await !hasher.verify("another password here", against: phc))
    #expect(try await !hasher.verify("decoy", against: nil))
    #expect(try await !hasher.verify("x", against: "$argon2id$v=19$damaged"))
  }
}
