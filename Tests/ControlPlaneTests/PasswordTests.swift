import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct PasswordTests {
  private static let fresh = "another good long one"

  @Test("a forgotten password is set anew with the letter's token, once, and ends everything older")
  func reset() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      #expect(try await control.post("/api/v1/password/forgot", ["email": "ADA@example.com"]).status == 202)
      try await control.deliver()
      let token = try #require(control.mail.token(.passwordReset, to: "ada@example.com"))
      let body: JSONValue = ["token": .string(token), "password": .string(Self.fresh)]
      #expect(try await control.post("/api/v1/password/reset", body).status == 204)
      #expect(try await control.get("/api/v1/me", token: ada.token).status == 401)
      #expect(try await control.logIn("ada@example.com").status == 401)
      #expect(try await control.logIn("ada@example.com", Self.fresh).status == 200)
      #expect(try await control.post("/api/v1/password/reset", body).problem == "token-invalid")
      try await control.deliver()
      #expect(control.mail.letters(to: "ada@example.com").last?.subject == "Your password was changed")
      let epoch = try await control.query("SELECT epoch FROM control.user_status").only().decode(Int64.self)
      #expect(epoch == 1)
      let actions = try await control.query("SELECT action FROM control.audit").decode(String.self)
      #expect(actions.contains("password.forgot") && actions.contains("password.reset"))
    }
  }

  @Test(
    "a letter about an account goes to the address as the account has it: another spelling may be another's mailbox")
  func spelling() async throws {
    try await withControl { control in
      _ = try await control.signUp("jos\u{E9}@example.com")
      _ = try await control.post("/api/v1/password/forgot", ["email": "JOS\u{C9}@example.com"])
      _ = try await control.post(
        "/api/v1/signup",
        ["email": "JOS\u{C9}@EXAMPLE.com", "password": .string(ControlFixture.password), "name": "J"])
      try await control.deliver()
      #expect(Set(control.mail.sent.map(\.to.text)) == ["jos\u{E9}@example.com"])
      #expect(control.mail.sent.count == 3)
    }
  }

  @Test("strangers who sign up with an address do not keep its person from a new password")
  func floods() async throws {
    try await withControl { control in
      _ = try await control.signUp("ada@example.com")
      for _ in 0..<8 {
        _ = try await control.post(
          "/api/v1/signup",
          ["email": "ada@example.com", "password": .string(ControlFixture.password), "name": "Eve"])
      }
      _ = try await control.post("/api/v1/password/forgot", ["email": "ada@example.com"])
      try await control.deliver()
      #expect(control.mail.token(.passwordReset, to: "ada@example.com") != nil)
      #expect(control.mail.letters(to: "ada@example.com").count == 6)
    }
  }

  @Test("asking for a new password says nothing about who has an account, and a letter does")
  func enumeration() async throws {
    try await withControl { control in
      _ = try await control.signUp("ada@example.com")
      let known = try await control.post("/api/v1/password/forgot", ["email": "ada@example.com"])
      let unknown = try await control.post("/api/v1/password/forgot", ["email": "bob@example.com"])
      #expect(known.status == 202 && unknown.status == 202 && known.bytes == unknown.bytes)
      try await control.deliver()
      #expect(control.mail.letters(to: "ada@example.com").last?.subject == "Set a new password")
      #expect(control.mail.letters(to: "bob@example.com").last?.subject == "There is no account with this address")
    }
  }

  @Test("a way to set a new password is over after an hour, after a change, and for somebody suspended")
  func resetLimits() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      func ask() async throws -> JSONValue {
        _ = try await control.post("/api/v1/password/forgot", ["email": "ada@example.com"])
        try await control.deliver()
        let token = try #require(control.mail.token(.passwordReset, to: "ada@example.com"))
        return ["token": .string(token), "password": .string(Self.fresh)]
      }
      let old = try await ask()
      control.clock.advance(3601)
      #expect(try await control.post("/api/v1/password/reset", old).problem == "token-invalid")
      let second = try await ask()
      let changed = try await control.post(
        "/api/v1/password/change", token: ada.token,
        ["password": .string(ControlFixture.password), "new_password": "yet another long one"])
      #expect(changed.status == 200)
      #expect(try await control.post("/api/v1/password/reset", second).problem == "token-invalid")
      let third = try await ask()
      _ = try await control.post(
        "/api/v1/operator/users/\(ada.id)/status", token: control.operatorToken, ["status": "suspended"])
      #expect(try await control.post("/api/v1/password/reset", third).problem == "token-invalid")
      for token in ["", "atlr_", TokenFormat.passwordReset.mint(), TokenFormat.signUp.mint()] {
        let answer = try await control.post(
          "/api/v1/password/reset", ["token": .string(token), "password": .string(Self.fresh)])
        #expect(answer.status == 404)
      }
    }
  }

  @Test("changing a password asks for the old one, ends every other session and rotates the one that asked")
  func change() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let other = try await control.logIn("ada@example.com").text("session_token")
      let wrong = try await control.post(
        "/api/v1/password/change", token: ada.token,
        ["password": "not the old one", "new_password": .string(Self.fresh)])
      #expect(wrong.status == 403 && wrong.problem == "password-wrong")
      let changed = try await control.post(
        "/api/v1/password/change", token: ada.token,
        ["password": .string(ControlFixture.password), "new_password": .string(Self.fresh)])
      #expect(changed.status == 200)
      let token = try changed.text("session_token")
      for old in [ada.token, other] { #expect(try await control.get("/api/v1/me", token: old).status == 401) }
      #expect(try await control.get("/api/v1/me", token: token).status == 200)
      #expect(try await control.logIn("ada@example.com").status == 401)
      #expect(try await control.logIn("ada@example.com", Self.fresh).status == 200)
    }
  }

  @Test("guessing the old password with a stolen session is slowed")
  func stolenSession() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let body: JSONValue = ["password": "a guess of a thief", "new_password": .string(Self.fresh)]
      for _ in 0..<5 {
        #expect(try await control.post("/api/v1/password/change", token: ada.token, body).status == 403)
      }
      #expect(try await control.post("/api/v1/password/change", token: ada.token, body).status == 429)
    }
  }

  @Test(
    "a password that everybody tries first is refused, however it is written",
    arguments: [
      "passwordpassword", "PasswordPassword", "Password Password", "aaaaaaaaaaaaaaaa", "123456789012345",
      "qwertyuiopasdfgh", "abcabcabcabcabcabc", "ThisIsMyPassword", "iloveyouforever", "administrator1234",
      "\u{FF50}\u{FF41}\u{FF53}\u{FF53}\u{FF57}\u{FF4F}\u{FF52}\u{FF44}passwordpassword", "ada.the.longest@example.com",
      "Ada The Longest Name",
    ])
  func common(password: String) async throws {
    try await withControl { control in
      let answer = try await control.post(
        "/api/v1/signup",
        [
          "email": "ada.the.longest@example.com", "password": .string(password), "name": "Ada the longest name",
        ])
      #expect(answer.status == 422 && answer.problem == "password-common")
    }
  }

  @Test(
    "any other long password does: no rule asks for digits or signs",
    arguments: [
      "correct horse battery staple", "nur kleine worte hier", "\u{1F40E}\u{1F50B}\u{1F4CE}\u{2705} fifteen of it",
    ])
  func allowed(password: String) async throws {
    try await withControl { control in
      let answer = try await control.post(
        "/api/v1/signup", ["email": "ada@example.com", "password": .string(password), "name": "Ada"])
      #expect(answer.status == 202)
    }
  }

  /// `hash` of `password` by other systems (Django 4.2, passlib, crypt).
  private static let foreign: [(password: String, hash: String)] = [
    (
      "correct-horse-7-2",
      "pbkdf2_sha256$150000$WJKY40uvSwMF$tavGAgQ0UoTRn4li/Gr/GW81G+p4m1QBG0yir+PE8ao="
    ),
    ("correct-horse-7-0", "bcrypt_sha256$$2b$06$iB9AUb1ixbVUN88pLdkgaOv9FJf9dKn7evKyipszELS2sSJB5MLCO"),
    ("correct-horse-7-21", "argon2$argon2id$v=19$m=8192,t=2,p=1$V3IyZHJnZDFRc083$HmgyItGetsAIUQcHUQ/UNQ"),
  ]

  @Test("what an import brought in another form verifies, and is ours after the first login", arguments: foreign)
  func imported(password: String, hash: String) async throws {
    try await withControl { control in
      let user = try await control.signUp("ada@example.com")
      try await control.environment.database.client.withConnection { connection in
        _ = try await connection.execute(
          "UPDATE control.password SET phc = \(hash) WHERE user_id = \(user)::text::uuid")
      }
      #expect(try await control.logIn("ada@example.com", password + "x").status == 401)
      #expect(try await control.logIn("ada@example.com", password).status == 200)
      let stored = try await control.query("SELECT phc FROM control.password").only().decode(String.self)
      #expect(stored.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
      #expect(try await control.logIn("ada@example.com", password).status == 200)
    }
  }

  @Test("hashes that are damaged, unknown or cost too much verify nothing")
  func hostileHashes() async throws {
    let hasher = try PasswordHasher(workers: 1, queue: 4)
    for hash in [
      "", "$", "!unusable", "md5$salt$00", "pbkdf2_sha256$0$s$AAAA",
      "pbkdf2_sha256$99999999999$s$AAAAAAAAAAAAAAAAAAAAAA==",
      "pbkdf2_sha256$1$$AAAAAAAAAAAAAAAAAAAAAA==", "$2b$31$iB9AUb1ixbVUN88pLdkgaOv9FJf9dKn7evKyipszELS2sSJB5MLCO",
      "bcrypt$$2b$06$short", "scrypt$1073741824$s$8$1$AAAAAAAAAAAAAAAAAAAAAA==",
      "scrypt$3$s$8$1$AAAAAAAAAAAAAAAAAAAAAA==",
      "$scrypt$ln=30,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA",
      "$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
      "argon2$argon2id$v=19$m=8192,t=2,p=1$$", "$argon2id$v=19$m=19456,t=2,p=1$",
    ] {
      #expect(try await !hasher.verify("password", against: hash), "\(hash)")
    }
  }

  @Test(
    "costs are chosen within bounds: hashes of others verify, however they were typed, and are replaced at the next login"
  )
  func costs() async throws {
    let other = try #require(PasswordCosts(memoryKiB: 7168, passes: 5))
    let password = "Zo\u{E9} has a long passphrase"
    let decomposed = "Zoe\u{301} has a long passphrase"
    let before = try await PasswordHasher(workers: 1, queue: 4, costs: other).hash(password)
    #expect(before.hasPrefix("$argon2id$v=19$m=7168,t=5,p=1$"))
    let hasher = try PasswordHasher(workers: 1, queue: 4)
    #expect(!hasher.isCurrent(before))
    for typed in [password, decomposed] { #expect(try await hasher.verify(typed, against: before)) }
    #expect(try await !hasher.verify(password + "x", against: before))
    try await withControl(costs: other) { control in
      _ = try await control.person("ada@example.com")
      func stored() async throws -> String {
        try await control.query("SELECT phc FROM control.password").only().decode(String.self)
      }
      #expect(try await stored().hasPrefix("$argon2id$v=19$m=7168,t=5,p=1$"), "new ones get what is set")
      let old = try await hasher.hash(password)
      _ = try await control.query("UPDATE control.password SET phc = \(old)")
      #expect(try await control.logIn("ada@example.com", password + "x").status == 401)
      #expect(try await stored() == old, "a wrong guess replaces nothing")
      #expect(try await control.logIn("ada@example.com", decomposed).status == 200)
      #expect(try await stored().hasPrefix("$argon2id$v=19$m=7168,t=5,p=1$"))
      #expect(try await control.logIn("ada@example.com", password).status == 200)
    }
  }

  @Test("costs below what is reasonable, or beyond what verifies, are none")
  func badCosts() {
    for (memory, passes) in [
      (19_456, 2), (47_104, 1), (12_288, 3), (9216, 4), (7168, 5), (131_072, 16), (65_536, 3),
    ] { #expect(PasswordCosts(memoryKiB: memory, passes: passes) != nil, "\(memory) \(passes)") }
    for (memory, passes) in [
      (19_456, 1), (19_455, 2), (47_103, 1), (7168, 4), (7167, 16), (131_073, 2), (19_456, 17), (19_456, 0), (0, 0),
      (-1, -1), (.max, .max),
    ] { #expect(PasswordCosts(memoryKiB: memory, passes: passes) == nil, "\(memory) \(passes)") }
  }

  @Test("scrypt, passlib and crypt forms verify")
  func otherForms() async throws {
    let hasher = try PasswordHasher(workers: 1, queue: 4)
    for (password, hash) in ForeignForms.all {
      #expect(try await hasher.verify(password, against: hash), "\(hash)")
      #expect(try await !hasher.verify(password + "x", against: hash), "\(hash)")
    }
  }
}
