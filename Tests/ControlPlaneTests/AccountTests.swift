import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct AccountTests {
  @Test("a person sees their sessions, ends one of them, and nobody else's")
  func sessions() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let eve = try await control.person("eve@example.com")
      let other = try await control.send(
        .post, "/api/v1/login", json: ["email": "ada@example.com", "password": .string(ControlFixture.password)],
        headers: [("User-Agent", "phone/1"), ("X-Forwarded-For", "192.0.2.7")]
      ).text("session_token")
      let listed = try await control.get("/api/v1/sessions", token: ada.token).json.field("sessions").array(maximum: 9)
      #expect(listed.count == 2)
      let phone = try #require(try listed.first { try $0.field("user_agent").string() == "phone/1" })
      #expect(try phone.field("address").string() == "192.0.2.7")
      #expect(try phone.field("is_this_one").value == .bool(false))
      let path = "/api/v1/sessions/\(try phone.field("id").string())"
      #expect(try await control.send(.delete, path, token: eve.token).status == 404)
      #expect(try await control.get("/api/v1/me", token: other).status == 200)
      #expect(try await control.send(.delete, path, token: ada.token).status == 204)
      #expect(try await control.get("/api/v1/me", token: other).status == 401)
      #expect(try await control.get("/api/v1/me", token: ada.token).status == 200)
      #expect(try await control.send(.delete, path, token: ada.token).status == 404)
      #expect(try await control.send(.delete, "/api/v1/sessions/x", token: ada.token).status == 404)
      #expect(try await control.get("/api/v1/sessions").status == 401)
    }
  }

  @Test("logging out everywhere ends every session and raises the epoch")
  func everywhere() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let eve = try await control.person("eve@example.com")
      let other = try await control.logIn("ada@example.com").text("session_token")
      #expect(try await control.send(.post, "/api/v1/logout/everywhere", token: ada.token).status == 204)
      for token in [ada.token, other] { #expect(try await control.get("/api/v1/me", token: token).status == 401) }
      #expect(try await control.get("/api/v1/me", token: eve.token).status == 200)
      let epochs = try await control.query("SELECT epoch FROM control.user_status ORDER BY 1").decode(Int64.self)
      #expect(epochs == [0, 1])
      #expect(try await control.logIn("ada@example.com").status == 200)
    }
  }

  @Test("nobody, not even an operator, brings back who is deleted")
  func staysDeleted() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let gone = try await control.post(
        "/api/v1/me/delete", token: ada.token, ["password": .string(ControlFixture.password)])
      #expect(gone.status == 204)
      for status in ["active", "suspended"] {
        let answer = try await control.post(
          "/api/v1/operator/users/\(ada.id)/status", token: control.operatorToken, ["status": .string(status)])
        #expect(answer.status == 404)
      }
      let row = try await control.query("SELECT status, epoch FROM control.user_status").only()
      let (status, epoch) = try row.decode((String, Int64).self)
      #expect(status == "deleted" && epoch == 2)
    }
  }

  @Test("what is done with an account is in the audit trail, with who did it")
  func trail() async throws {
    try await withControl { control in
      let world = try await World(control)
      let (ada, wrong) = (world.ada, JSONValue.string("not her password"))
      #expect(try await control.send(.patch, "/api/v1/me", token: ada.token, json: ["name": "Ada L"]).status == 200)
      for _ in 0..<6 {
        _ = try await control.post(
          "/api/v1/me/email", token: ada.token, ["email": "new@example.com", "password": wrong])
      }
      for status in ["suspended", "active"] {
        _ = try await control.post(
          "/api/v1/operator/users/\(world.bob.id)/status", token: control.operatorToken, ["status": .string(status)])
      }
      let actions = try await control.query(
        "SELECT actor_kind || ' ' || action FROM control.audit ORDER BY id"
      ).decode(String.self)
      for expected in [
        "user account.create", "user session.open", "user organization.create", "user account.rename",
        "operator user.suspended", "operator user.active",
      ] {
        #expect(actions.contains(expected), "\(expected)")
      }
      #expect(actions.count { $0 == "system proof.throttled" } == 1, "once a series")
    }
  }

  @Test("a session notes when it was last used, at most once a minute")
  func lastSeen() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      func seen() async throws -> Date {
        try await control.query("SELECT seen FROM control.session").only().decode(Date.self)
      }
      let first = try await seen()
      _ = try await control.get("/api/v1/me", token: ada.token)
      #expect(try await seen() == first)
      control.clock.advance(61)
      _ = try await control.get("/api/v1/me", token: ada.token)
      #expect(try await seen() > first)
    }
  }

  @Test("another address is the account's once its letter was answered; the old one is told and opens nothing")
  func email() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      func ask(_ email: String, _ password: String = ControlFixture.password) async throws -> Answer {
        try await control.post(
          "/api/v1/me/email", token: ada.token, ["email": .string(email), "password": .string(password)])
      }
      #expect(try await ask("new@example.com", "not her password").problem == "password-wrong")
      #expect(try await ask("new@").problem == "email-invalid")
      _ = try await control.post("/api/v1/password/forgot", ["email": "ada@example.com"])
      #expect(try await ask("new@example.com").status == 202)
      try await control.deliver()
      #expect(try await control.get("/api/v1/me", token: ada.token).text("email") == "ada@example.com")
      let token = try #require(control.mail.token(.emailChange, to: "new@example.com"))
      let body: JSONValue = ["token": .string(token)]
      // The link alone is worth nothing: it takes the account that asked.
      let bob = try await control.person("bob@example.com", name: "Bob")
      #expect(try await control.post("/api/v1/me/email/verify", body).status == 401)
      #expect(try await control.post("/api/v1/me/email/verify", token: bob.token, body).problem == "token-invalid")
      #expect(try await control.post("/api/v1/me/email/verify", token: ada.token, body).status == 204)
      #expect(try await control.post("/api/v1/me/email/verify", token: ada.token, body).problem == "token-invalid")
      #expect(try await control.get("/api/v1/me", token: ada.token).text("email") == "new@example.com")
      try await control.deliver()
      #expect(control.mail.letters(to: "ada@example.com").last?.subject == "Your e-mail address was changed")
      #expect(try await control.logIn("ada@example.com").status == 401)
      #expect(try await control.logIn("new@example.com").status == 200)
      // What was sent to the old address before sets no password any more.
      let reset = try #require(control.mail.token(.passwordReset, to: "ada@example.com"))
      let late = try await control.post(
        "/api/v1/password/reset", ["token": .string(reset), "password": "a thief's long password"])
      #expect(late.problem == "token-invalid")
    }
  }

  @Test("an address that has an account is taken by nobody, and only its letter says so")
  func emailTaken() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      _ = try await control.person("bob@example.com")
      let body: JSONValue = ["email": "bob@example.com", "password": .string(ControlFixture.password)]
      let taken = try await control.post("/api/v1/me/email", token: ada.token, body)
      let free = try await control.post(
        "/api/v1/me/email", token: ada.token,
        ["email": "carl@example.com", "password": .string(ControlFixture.password)])
      #expect(taken.status == 202 && taken.bytes == free.bytes)
      try await control.deliver()
      #expect(control.mail.token(.emailChange, to: "bob@example.com") == nil)
      // Somebody else gets the address before the letter is answered.
      let token = try #require(control.mail.token(.emailChange, to: "carl@example.com"))
      _ = try await control.signUp("carl@example.com")
      let late = try await control.post(
        "/api/v1/me/email/verify", token: ada.token, ["token": .string(token)])
      #expect(late.status == 404 && late.problem == "token-invalid")
      #expect(try await control.get("/api/v1/me", token: ada.token).text("email") == "ada@example.com")
    }
  }

  @Test("a new address that is confirmed while the password changes ends before or after it, and neither fails")
  func emailBesidePassword() async throws {
    try await withControl { control in
      var token = try await control.person("ada@example.com").token
      var passwords = [ControlFixture.password, "another good long one"]
      for index in 0..<6 {
        let new = "ada\(index)@example.com"
        _ = try await control.post(
          "/api/v1/me/email", token: token, ["email": .string(new), "password": .string(passwords[0])])
        try await control.deliver()
        let letter = try #require(control.mail.token(.emailChange, to: new))
        let (session, old, fresh) = (token, passwords[0], passwords[1])
        async let verified = control.post(
          "/api/v1/me/email/verify", token: session, ["token": .string(letter)])
        async let changed = control.post(
          "/api/v1/password/change", token: session, ["password": .string(old), "new_password": .string(fresh)])
        let statuses = try await (verified.status, changed.status)
        #expect([204, 401, 404].contains(statuses.0))
        #expect(statuses.1 == 200)
        token = try await changed.text("session_token")
        passwords.swapAt(0, 1)
      }
    }
  }

  @Test("an invitation follows the address: the new one takes it, the old one does not")
  func invitationOfNewAddress() async throws {
    try await withControl { control in
      let world = try await World(control)
      let old = try await world.invite("bob@example.com")
      let new = try await world.invite("robert@example.com")
      #expect(try await world.accept(new.token, as: world.bob.token).problem == "invitation-invalid")
      _ = try await control.post(
        "/api/v1/me/email", token: world.bob.token,
        ["email": "robert@example.com", "password": .string(ControlFixture.password)])
      try await control.deliver()
      let token = try #require(control.mail.token(.emailChange, to: "robert@example.com"))
      let body: JSONValue = ["token": .string(token)]
      #expect(try await control.post("/api/v1/me/email/verify", token: world.bob.token, body).status == 204)
      #expect(try await world.accept(old.token, as: world.bob.token).problem == "invitation-invalid")
      #expect(try await world.accept(new.token, as: world.bob.token).status == 200)
    }
  }

  @Test("a deleted account ends with its sessions and memberships, and nothing but its id is left")
  func deletion() async throws {
    try await withControl { control in
      let world = try await World(control)
      let invitation = try await world.invite("bob@example.com")
      _ = try await world.accept(invitation.token, as: world.bob.token)
      let path = "/api/v1/me/delete"
      let wrong = try await control.post(path, token: world.bob.token, ["password": "not his password"])
      #expect(wrong.problem == "password-wrong")
      let right: JSONValue = ["password": .string(ControlFixture.password)]
      let owner = try await control.post(path, token: world.ada.token, right)
      #expect(owner.status == 409 && owner.problem == "sole-owner")
      #expect(try owner.text("detail").contains("acme"))
      #expect(try await control.get("/api/v1/me", token: world.ada.token).status == 200)
      #expect(try await control.post(path, token: world.bob.token, right).status == 204)
      #expect(try await control.get("/api/v1/me", token: world.bob.token).status == 401)
      #expect(try await control.logIn("bob@example.com").status == 401)
      #expect(try await world.liveGrant(of: world.bob.id) == nil)
      #expect(try await world.interests().contains("user \(world.bob.id) leaving"))
      let farewells = try await control.query("SELECT user_id::text FROM directory.farewell").decode(String.self)
      #expect(farewells == [world.bob.id], "his region keeps the last word")
      try await control.deliver()
      #expect(control.mail.letters(to: "bob@example.com").last?.subject == "Your account was deleted")
      let left = try await control.query(
        """
        SELECT (SELECT count(*) FROM control."user" WHERE email LIKE '%bob%' OR name = 'Bob')
          + (SELECT count(*) FROM control.password WHERE user_id = \(world.bob.id)::text::uuid)
          + (SELECT count(*) FROM control.device WHERE user_id = \(world.bob.id)::text::uuid)
        """
      ).only().decode(Int64.self)
      #expect(left == 0)
      // The address is free again.
      _ = try await control.signUp("bob@example.com")
    }
  }

  @Test("of two owners who leave at once one stays")
  func twoOwners() async throws {
    try await withControl { control in
      let world = try await World(control)
      let invitation = try await world.invite("bob@example.com", role: "owner")
      _ = try await world.accept(invitation.token, as: world.bob.token)
      let body: JSONValue = ["password": .string(ControlFixture.password)]
      async let first = control.post("/api/v1/me/delete", token: world.ada.token, body)
      async let second = control.post("/api/v1/me/delete", token: world.bob.token, body)
      let statuses = try await [first.status, second.status].sorted()
      #expect(statuses == [204, 409])
    }
  }

  @Test("names and addresses from the wild are kept as they are or refused in words, and never cross into a header")
  func wild() async throws {
    try await withControl { control in
      let names = [
        "\u{202E}evil\u{202C}", "Zo\u{308}e\u{301}\u{302}\u{303}", "\u{5D0}\u{5D1}\u{5D2}", "Рaypal", "名前",
        "o'Neil <b>",
      ]
      for (index, name) in names.enumerated() {
        let body: JSONValue = [
          "email": .string("w\(index)@example.com"), "password": .string(ControlFixture.password),
          "name": .string(name),
        ]
        #expect(try await control.post("/api/v1/signup", body).status == 202, "\(name)")
      }
      let addresses = [
        "", " ", "a@b", "a\r\nBcc: eve@example.com@example.com", "a@example.com\r\nBcc: eve@example.com",
        "a\u{0}@example.com",
        "<a@example.com>", "a,b@example.com", "a@exa mple.com", "\u{202E}moc.elpmaxe@a", "a@example..com",
        String(repeating: "a", count: 2000) + "@example.com", "a\u{200B}b@example.com", "\"a\"@example.com",
      ]
      for address in addresses {
        let body: JSONValue = [
          "email": .string(address), "password": .string(ControlFixture.password), "name": "Ann",
        ]
        let answer = try await control.post("/api/v1/signup", body)
        #expect(answer.status == 422 || answer.status == 400, "\(address.debugDescription) \(answer.status)")
      }
      for name in ["", " \u{3000}", "a\u{0}b", "a\nb", String(repeating: "n", count: 201), "a\u{2028}b"] {
        let body: JSONValue = [
          "email": "n@example.com", "password": .string(ControlFixture.password), "name": .string(name),
        ]
        let answer = try await control.post("/api/v1/signup", body)
        #expect(answer.status == 422 || answer.status == 400, "\(name.debugDescription)")
      }
      // Look-alikes are other people.
      _ = try await control.signUp("paypal@example.com")
      _ = try await control.signUp("p\u{430}ypal@example.com")
      try await control.deliver()
      for letter in control.mail.sent {
        #expect(!letter.subject.contains("\n") && !letter.to.text.contains("\n"))
        for name in names { #expect(!letter.text.contains(name), "a stranger's words stand in a letter") }
      }
    }
  }

  @Test("a name is changed by its person")
  func rename() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let renamed = try await control.send(.patch, "/api/v1/me", token: ada.token, json: ["name": "Ada Lovelace"])
      #expect(try renamed.text("name") == "Ada Lovelace")
      let refused = try await control.send(.patch, "/api/v1/me", token: ada.token, json: ["name": "\u{7}"])
      #expect(refused.status == 422 && refused.problem == "name-invalid")
      #expect(try await control.send(.patch, "/api/v1/me", json: ["name": "x"]).status == 401)
    }
  }
}
