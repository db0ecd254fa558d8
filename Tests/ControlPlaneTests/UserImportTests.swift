import ControlPlane
import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing

/// Taking people over from another system.
@Suite struct UserImportTests {
  private static let hash = "pbkdf2_sha256$150000$WJKY40uvSwMF$tavGAgQ0UoTRn4li/Gr/GW81G+p4m1QBG0yir+PE8ao="
  private static let password = "correct-horse-7-2"

  private static func run(
    _ users: [JSONValue], _ control: ControlFixture, token: String? = nil
  ) async throws -> Answer {
    try await control.post(
      "/api/v1/operator/users/import", token: token ?? control.operatorToken, ["users": .array(users)])
  }

  private static func states(_ answer: Answer) throws -> [String] {
    try answer.json.field("results").array(maximum: 300).map { result in
      try result.optional("code")?.string() ?? result.field("state").string()
    }
  }

  @Test("people log in with their old passwords at once, which are ours after it; a second run changes nothing")
  func whole() async throws {
    try await withControl(asService: true) { control in
      let people: [JSONValue] = [
        ["email": "Ada@Example.com", "name": "Ada", "password_hash": .string(Self.hash)],
        ["email": "grace@example.com", "name": "Grace"],
      ]
      let first = try await Self.run(people, control)
      #expect(first.status == 200)
      #expect(try Self.states(first) == ["created", "created"])
      #expect(try Self.states(try await Self.run(people, control)) == ["known", "known"])
      let ada = try await control.logIn("ada@example.com", Self.password)
      #expect(ada.status == 200)
      #expect(try await control.get("/api/v1/me", token: ada.text("session_token")).text("email") == "Ada@Example.com")
      let stored = try await control.query("SELECT phc FROM control.password").only().decode(String.self)
      #expect(stored.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
      // Without a hash there is no password to guess, and the mail sets one.
      #expect(try await control.logIn("grace@example.com", "").status == 401)
      _ = try await control.post("/api/v1/password/forgot", ["email": "grace@example.com"])
      try await control.deliver()
      let token = try #require(control.mail.token(.passwordReset, to: "grace@example.com"))
      let reset = try await control.post(
        "/api/v1/password/reset", ["token": .string(token), "password": .string(ControlFixture.password)])
      #expect(reset.status == 204)
      #expect(try await control.logIn("grace@example.com").status == 200)
      let audit = try await control.query(
        "SELECT count(*) FROM control.audit WHERE action = 'account.import' AND actor_kind = 'operator'")
      #expect(try audit.only().decode(Int64.self) == 2)
    }
  }

  @Test("what is no address, name or hash is refused by itself, an account that is there stays, waiting sign-ups end")
  func refusals() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      _ = try await control.post(
        "/api/v1/signup", ["email": "new@example.com", "password": .string(ControlFixture.password), "name": "Eve"])
      let answer = try await Self.run(
        [
          ["email": "ada@example.com", "name": "Mallory", "password_hash": .string(Self.hash)],
          ["email": "a@", "name": "A"], ["email": "b@example.com", "name": "  "],
          ["email": "c@example.com", "name": "C", "password_hash": "md5$salt$00"],
          [
            "email": "d@example.com", "name": "D",
            "password_hash": "$2b$31$iB9AUb1ixbVUN88pLdkgaOv9FJf9dKn7evKyipszELS2sSJB5MLCO",
          ],
          ["email": "new@example.com", "name": "New"], ["email": "NEW@example.com", "name": "New again"],
        ], control)
      #expect(
        try Self.states(answer) == [
          "known", "email-invalid", "name-invalid", "password-hash-unknown", "password-hash-unknown", "created",
          "known",
        ])
      #expect(try await control.get("/api/v1/me", token: ada.token).text("name") == "Ada")
      #expect(try await control.logIn("ada@example.com", Self.password).status == 401)
      try await control.deliver()
      let late = try #require(control.mail.token(.signUp, to: "new@example.com"))
      #expect(try await control.post("/api/v1/signup/verify", ["token": .string(late)]).status == 404)
    }
  }

  @Test("only owners import, and at most 200 people at once, each in the agreed shape")
  func shape() async throws {
    try await withControl { control in
      let person: JSONValue = ["email": "a@example.com", "name": "A"]
      for role in ["operator", "auditor"] {
        let made = try await control.post(
          "/api/v1/operator/operators", token: control.operatorToken, ["name": .string(role), "role": .string(role)])
        #expect(try await Self.run([person], control, token: made.text("token")).status == 403)
      }
      for users in [
        [["email": "a@example.com"]], [["name": "A"]], [["email": "a@example.com", "name": "A", "admin": true]],
        [JSONValue](repeating: person, count: UserImport.most + 1),
      ] as [[JSONValue]] {
        #expect(try await Self.run(users, control).status == 400)
      }
      #expect(try await control.query("SELECT 1 FROM control.\"user\"").isEmpty)
      #expect(try await Self.run([], control).status == 200)
    }
  }
}
