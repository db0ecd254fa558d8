import ControlPlane
import FoundationEssentials
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct SecondFactorTests {
  private struct Armed: Sendable {
    let secret: String
    let codes: [String]
    let token: String
  }

  /// A person with a second factor in force. The clock stands at the beginning of a step.
  private static func armed(_ control: ControlFixture, _ email: String) async throws -> Armed {
    let person = try await control.person(email)
    let begun = try await control.post(
      "/api/v1/second-factor/totp", token: person.token, ["password": .string(ControlFixture.password)])
    #expect(begun.status == 201)
    let secret = try begun.text("secret")
    #expect(try begun.text("uri").hasPrefix("otpauth://totp/"))
    #expect(try begun.text("uri").contains("secret=\(secret)&issuer="))
    let code = try Authenticator.code(secret, at: control.clock.now)
    let confirmed = try await control.post(
      "/api/v1/second-factor/totp/confirm", token: person.token, ["code": .string(code)])
    #expect(confirmed.status == 200)
    #expect(try await control.get("/api/v1/me", token: person.token).status == 401, "it was opened with less")
    let codes = try confirmed.json.field("recovery_codes").array(maximum: 10).map { try $0.string() }
    #expect(Set(codes).count == 10)
    control.clock.advance(30)
    return Armed(secret: secret, codes: codes, token: try confirmed.text("session", "session_token"))
  }

  private static func half(_ control: ControlFixture, _ email: String) async throws -> String {
    let login = try await control.logIn(email)
    #expect(login.status == 200)
    #expect((try? login.text("session_token")) == nil, "no session before the second factor")
    return try login.text("second_factor", "login_token")
  }

  private static func complete(_ control: ControlFixture, _ token: String, _ code: String) async throws -> Answer {
    try await control.post("/api/v1/login/second-factor", ["login_token": .string(token), "code": .string(code)])
  }

  @Test("a login takes the password and a code, and the session says so")
  func login() async throws {
    try await withControl { control in
      let ada = try await Self.armed(control, "ada@example.com")
      let token = try await Self.half(control, "ada@example.com")
      #expect(try await control.get("/api/v1/me", token: token).status == 401)
      let opened = try await Self.complete(control, token, try Authenticator.code(ada.secret, at: control.clock.now))
      #expect(opened.status == 200)
      let session = try opened.text("session_token")
      #expect(try await control.get("/api/v1/me", token: session).status == 200)
      let sessions = try await control.get("/api/v1/sessions", token: session).json.field("sessions").array(maximum: 9)
      let mine = try #require(try sessions.first { try $0.field("is_this_one").value == .bool(true) })
      let methods = try mine.field("methods").array(maximum: 9).map { try $0.string() }
      #expect(methods == ["pwd", "otp", "mfa"])
      let state = try await control.get("/api/v1/second-factor", token: session)
      #expect(String(decoding: state.bytes, as: UTF8.self).contains("\"totp\":true"))
      let again = try await Self.complete(control, token, try Authenticator.code(ada.secret, at: control.clock.now))
      #expect(again.status == 401 && again.problem == "login-expired", "a half login is completed once")
    }
  }

  @Test("a code works once, also one of a neighbouring step, and none before the last one used")
  func replay() async throws {
    try await withControl { control in
      let ada = try await Self.armed(control, "ada@example.com")
      let code = try Authenticator.code(ada.secret, at: control.clock.now)
      let before = try Authenticator.code(ada.secret, at: control.clock.now.addingTimeInterval(-30))
      let first = try await Self.half(control, "ada@example.com")
      #expect(try await Self.complete(control, first, code).status == 200)
      for used in [code, before] {
        let half = try await Self.half(control, "ada@example.com")
        let answer = try await Self.complete(control, half, used)
        #expect(answer.status == 403 && answer.problem == "code-invalid")
      }
      control.clock.advance(30)
      let next = try await Self.half(control, "ada@example.com")
      #expect(
        try await Self.complete(control, next, try Authenticator.code(ada.secret, at: control.clock.now)).status == 200)
    }
  }

  @Test("of two logins with one code at once exactly one gets in")
  func raceOfCodes() async throws {
    try await withControl { control in
      let ada = try await Self.armed(control, "ada@example.com")
      let code = try Authenticator.code(ada.secret, at: control.clock.now)
      let one = try await Self.half(control, "ada@example.com")
      let two = try await Self.half(control, "ada@example.com")
      async let first = Self.complete(control, one, code)
      async let second = Self.complete(control, two, code)
      let statuses = try await [first.status, second.status].sorted()
      #expect(statuses == [200, 403])
    }
  }

  @Test("a recovery code works once, in any spelling, and new ones end the old ones")
  func recovery() async throws {
    try await withControl { control in
      let ada = try await Self.armed(control, "ada@example.com")
      let spelled = " " + ada.codes[0].uppercased().replacing("-", with: " ")
      let first = try await Self.half(control, "ada@example.com")
      let opened = try await Self.complete(control, first, spelled)
      #expect(opened.status == 200)
      let token = try opened.text("session_token")
      let second = try await Self.half(control, "ada@example.com")
      #expect(try await Self.complete(control, second, ada.codes[0]).problem == "code-invalid")
      let state = try await control.get("/api/v1/second-factor", token: token)
      #expect(String(decoding: state.bytes, as: UTF8.self).contains("\"recovery_codes_left\":9"))
      let renewed = try await control.post(
        "/api/v1/second-factor/recovery-codes", token: token,
        ["password": .string(ControlFixture.password), "code": .string(ada.codes[2])])
      #expect(renewed.status == 200)
      try await control.deliver()
      #expect(control.mail.letters(to: "ada@example.com").last?.subject == "Your recovery codes were renewed")
      #expect(try await Self.complete(control, second, ada.codes[1]).problem == "code-invalid")
      let used = "SELECT count(*) FROM control.audit WHERE action = 'totp.recovery' AND subject = actor"
      #expect(try await control.query("\(raw: used)").only().decode(Int64.self) == 2, "each use is in the trail")
      // Another person's codes are not this one's.
      let eve = try await Self.armed(control, "eve@example.com")
      #expect(try await Self.complete(control, second, eve.codes[0]).problem == "code-invalid")
    }
  }

  @Test("guessing codes is slowed, and a half login is over after five minutes or when the password changes")
  func limits() async throws {
    try await withControl { control in
      let ada = try await Self.armed(control, "ada@example.com")
      let token = try await Self.half(control, "ada@example.com")
      for code in ["000000", "123", "", "abcdef", "aaaa-aaaa-aaaa-aaaa"] {
        #expect(try await Self.complete(control, token, code).status == 403)
      }
      let slowed = try await Self.complete(control, token, try Authenticator.code(ada.secret, at: control.clock.now))
      #expect(slowed.status == 429)
      control.clock.advance(301)
      #expect(try await Self.complete(control, token, "000000").problem == "login-expired")
      for other in ["", "atlh_", TokenFormat.halfLogin.mint(), ada.token] {
        #expect(try await Self.complete(control, other, "000000").problem == "login-expired")
      }
      let half = try await Self.half(control, "ada@example.com")
      let changed = try await control.post(
        "/api/v1/password/change", token: ada.token,
        ["password": .string(ControlFixture.password), "new_password": "short8ch"])
      #expect(changed.status == 200, "eight characters do beside a second factor")
      let late = try await Self.complete(control, half, try Authenticator.code(ada.secret, at: control.clock.now))
      #expect(late.problem == "login-expired")
    }
  }

  @Test("a second factor is confirmed, renewed and removed only with the password, and not with a short one")
  func rules() async throws {
    try await withControl { control in
      let ada = try await Self.armed(control, "ada@example.com")
      let wrong = try await control.post(
        "/api/v1/second-factor/totp", token: ada.token, ["password": "not her password"])
      #expect(wrong.status == 403 && wrong.problem == "password-wrong")
      func renew(_ password: String, _ code: String) async throws -> String? {
        try await control.post(
          "/api/v1/second-factor/recovery-codes", token: ada.token,
          ["password": .string(password), "code": .string(code)]
        ).problem
      }
      #expect(try await renew("not her password", ada.codes[9]) == "password-wrong")
      #expect(try await renew(ControlFixture.password, "000000") == "code-invalid")
      let right: JSONValue = ["password": .string(ControlFixture.password)]
      let begun = try await control.post("/api/v1/second-factor/totp", token: ada.token, right)
      #expect(begun.status == 409 && begun.problem == "second-factor-on")
      let tooShort = try await control.post(
        "/api/v1/password/change", token: ada.token,
        ["password": .string(ControlFixture.password), "new_password": "seven77"])
      #expect(tooShort.problem == "password-too-short")
      func remove(_ token: String, _ password: String, _ code: String) async throws -> Answer {
        try await control.post(
          "/api/v1/second-factor/totp/remove", token: token, ["password": .string(password), "code": .string(code)])
      }
      #expect(try await remove(ada.token, ControlFixture.password, "000000").problem == "code-invalid")
      let short = try await control.post(
        "/api/v1/password/change", token: ada.token,
        ["password": .string(ControlFixture.password), "new_password": "eight8ch"])
      let token = try short.text("session_token")
      #expect(try await remove(token, "eight8ch", ada.codes[0]).problem == "second-factor-needed")
      let long = try await control.post(
        "/api/v1/password/change", token: token, ["password": "eight8ch", "new_password": "a long one once more"])
      let gone = try await remove(try long.text("session_token"), "a long one once more", ada.codes[0])
      #expect(gone.status == 200)
      let login = try await control.logIn("ada@example.com", "a long one once more")
      #expect(try login.text("session_token").hasPrefix("atls_"))
      #expect(try await control.query("SELECT count(*) FROM control.recovery_code").only().decode(Int64.self) == 0)
    }
  }
}
