import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct SignUpTests {
  private static func body(_ email: String, password: String = ControlFixture.password) -> JSONValue {
    ["email": .string(email), "password": .string(password), "name": "Ann"]
  }

  @Test("nothing but the mail says whether an address has an account")
  func enumeration() async throws {
    try await withControl { control in
      _ = try await control.person("ada@example.com")
      let taken = try await control.post("/api/v1/signup", Self.body("ada@example.com"))
      let free = try await control.post("/api/v1/signup", Self.body("bob@example.com"))
      #expect(taken.status == 202 && free.status == 202)
      #expect(taken.bytes == free.bytes)
      try await control.deliver()
      let told = try #require(control.mail.letters(to: "ada@example.com").last)
      #expect(told.subject == "You have an account already")
      #expect(!told.text.contains("atlv_"))
      #expect(control.mail.token(.signUp, to: "bob@example.com") != nil)
      // The same rows in both cases: neither writes less.
      let rows = try await control.query("SELECT count(*) FROM control.sign_up").only().decode(Int64.self)
      #expect(rows == 2)
    }
  }

  @Test("an account is there only once its address was verified, and the link works once")
  func verification() async throws {
    try await withControl { control in
      #expect(try await control.post("/api/v1/signup", Self.body("ann@example.com")).status == 202)
      try await control.deliver()
      let login: JSONValue = ["email": "ann@example.com", "password": .string(ControlFixture.password)]
      #expect(try await control.post("/api/v1/login", login).status == 401)
      let token = try #require(control.mail.token(.signUp, to: "ann@example.com"))
      #expect(try await control.post("/api/v1/signup/verify", ["token": .string(token)]).status == 201)
      #expect(try await control.post("/api/v1/login", login).status == 200)
      let again = try await control.post("/api/v1/signup/verify", ["token": .string(token)])
      #expect(again.status == 404 && again.problem == "token-invalid")
    }
  }

  @Test("an unverified sign-up blocks nobody, and verifying an address ends the others")
  func squatting() async throws {
    try await withControl { control in
      let first = Self.body("ann@example.com", password: "the password of a squatter")
      #expect(try await control.post("/api/v1/signup", first).status == 202)
      try await control.deliver()
      let squatters = try #require(control.mail.token(.signUp, to: "ann@example.com"))
      _ = try await control.signUp("ANN@example.com")
      #expect(try await control.post("/api/v1/signup/verify", ["token": .string(squatters)]).problem == "token-invalid")
      let login = try await control.post(
        "/api/v1/login", ["email": "ann@example.com", "password": "the password of a squatter"])
      #expect(login.status == 401)
      #expect(try await control.query("SELECT count(*) FROM control.sign_up").only().decode(Int64.self) == 0)
    }
  }

  @Test(
    "whoever answers the letter of a stranger's sign-up is asked for a password that they never chose, and has no account of it"
  )
  func preHijack() async throws {
    try await withControl { control in
      let strangers = Self.body("victim@example.com", password: "the stranger's long password")
      #expect(try await control.post("/api/v1/signup", strangers).status == 202)
      try await control.deliver()
      let token = try #require(control.mail.token(.signUp, to: "victim@example.com"))
      func confirm(_ password: String) async throws -> Answer {
        try await control.post("/api/v1/signup/verify", ["token": .string(token), "password": .string(password)])
      }
      for _ in 0..<5 { #expect(try await confirm("the victim's own password").problem == "password-wrong") }
      #expect(try await confirm("the stranger's long password").status == 429, "and guessing it is slowed")
      #expect(try await control.query("SELECT count(*) FROM control.\"user\"").only().decode(Int64.self) == 0)
      control.clock.advance(2)
      #expect(try await confirm("the stranger's long password").status == 201)
    }
  }

  @Test("of two links of one address used at once exactly one makes the account")
  func race() async throws {
    try await withControl { control in
      var tokens: [String] = []
      for _ in 0..<2 {
        #expect(try await control.post("/api/v1/signup", Self.body("race@example.com")).status == 202)
        try await control.deliver()
        tokens.append(try #require(control.mail.token(.signUp, to: "race@example.com")))
      }
      let (one, two) = (tokens[0], tokens[1])
      #expect(one != two)
      async let first = control.post("/api/v1/signup/verify", ["token": .string(one)])
      async let second = control.post("/api/v1/signup/verify", ["token": .string(two)])
      let statuses = try await [first.status, second.status].sorted()
      #expect(statuses == [201, 404])
      #expect(try await control.query("SELECT count(*) FROM control.\"user\"").only().decode(Int64.self) == 1)
    }
  }

  @Test("a link is over after a day, and what is not a link is refused alike")
  func expiry() async throws {
    try await withControl { control in
      #expect(try await control.post("/api/v1/signup", Self.body("ann@example.com")).status == 202)
      try await control.deliver()
      let token = try #require(control.mail.token(.signUp, to: "ann@example.com"))
      control.clock.advance(86_401)
      for other in [token, TokenFormat.signUp.mint(), TokenFormat.session.mint(), "", "atlv_"] {
        let answer = try await control.post("/api/v1/signup/verify", ["token": .string(other)])
        #expect(answer.status == 404 && answer.problem == "token-invalid")
      }
      try await control.server.maintenance.pass()
      #expect(try await control.query("SELECT count(*) FROM control.sign_up").only().decode(Int64.self) == 0)
    }
  }

  @Test("mail waits while its transport fails, is tried again later and less often, and goes out once")
  func retries() async throws {
    try await withControl { control in
      control.mail.fail(with: MailFailure("the server is away", isPermanent: false))
      let asked = try await control.post("/api/v1/signup", Self.body("ann@example.com"))
      #expect(asked.status == 202)
      #expect(try await control.server.courier.pass() == 1)
      #expect(try await control.server.courier.pass() == 0, "not before its time")
      control.mail.fail(with: nil)
      control.clock.advance(16)
      #expect(try await control.server.courier.pass() == 1)
      #expect(try await control.server.courier.pass() == 0)
      #expect(control.mail.letters(to: "ann@example.com").count == 1)
      control.mail.fail(with: MailFailure("no such mailbox", isPermanent: true))
      #expect(try await control.post("/api/v1/signup", Self.body("bob@example.com")).status == 202)
      #expect(try await control.server.courier.pass() == 1)
      #expect(try await control.query("SELECT count(*) FROM control.mail").only().decode(Int64.self) == 0)
    }
  }

  @Test("a session knows when and how its person logged in, from where and with what")
  func sessionColumns() async throws {
    try await withControl { control in
      _ = try await control.signUp("ada@example.com")
      let login = try await control.send(
        .post, "/api/v1/login",
        json: ["email": "ada@example.com", "password": .string(ControlFixture.password)],
        headers: [("User-Agent", "test\u{E9}/1"), ("X-Forwarded-For", "203.0.113.9, 192.0.2.7")])
      let digest = TokenFormat.digest(of: try login.text("session_token"))
      let session = try #require(
        try await control.environment.database.withConnection {
          try await SessionStore.find(digest: digest, now: control.clock.now, idle: 60, on: $0)
        })
      #expect(session.methods == ["pwd"])
      #expect(abs(session.authenticated.timeIntervalSince(control.clock.now)) < 30)
      let row = try await control.query("SELECT user_agent, client FROM control.session").only()
      let (agent, client) = try row.decode((String, String).self)
      #expect(client == "192.0.2.7")
      #expect(agent.hasPrefix("test"))
    }
  }
}
