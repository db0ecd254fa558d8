import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing
import Web

@Suite struct ThrottleTests {
  private static let wrong = "not the right password"

  @Test(
    "five tries are free, then each waits twice as long as the one before, at most a quarter of an hour, never for good"
  )
  func schedule() async throws {
    try await withControl { control in
      _ = try await control.signUp("ada@example.com")
      for _ in 0..<5 { #expect(try await control.logIn("ada@example.com", Self.wrong).status == 401) }
      var wait = 1.0
      while wait <= 2048 {
        let slowed = try await control.logIn("ada@example.com", Self.wrong)
        #expect(slowed.status == 429 && slowed.problem == "too-many-attempts")
        let after = try #require(slowed.headers[.retryAfter].flatMap { Double($0) })
        #expect(after <= min(900, wait) && after > min(900, wait) - 3, "\(after) instead of \(wait)")
        // The right password is not looked at before its time either.
        #expect(try await control.logIn("ada@example.com").status == 429)
        control.clock.advance(min(900, wait))
        #expect(try await control.logIn("ada@example.com", Self.wrong).status == 401)
        wait *= 2
      }
      control.clock.advance(901)
      #expect(try await control.logIn("ada@example.com").status == 200)
      #expect(try await control.logIn("ada@example.com", Self.wrong).status == 401, "and all was forgotten")
    }
  }

  @Test("an address without an account is slowed exactly as one with an account, and says the same")
  func unknown() async throws {
    try await withControl { control in
      _ = try await control.signUp("ada@example.com")
      var answers: [String: [Int]] = [:]
      for email in ["ada@example.com", "nobody@example.com"] {
        for index in 0..<7 {
          let answer = try await control.logIn(email, Self.wrong, from: "10.0.\(email.utf8.count).\(index)")
          answers[email, default: []].append(answer.status)
        }
      }
      #expect(answers["ada@example.com"] == [401, 401, 401, 401, 401, 429, 429])
      #expect(answers["ada@example.com"] == answers["nobody@example.com"])
    }
  }

  @Test("many tries at once are not more than many in a row")
  func parallel() async throws {
    var limits = ControlLimits()
    limits.passwordQueue = 200
    try await withControl(limits: limits) { control in
      _ = try await control.signUp("ada@example.com")
      let statuses = try await withThrowingTaskGroup(of: Int.self, returning: [Int].self) { group in
        for index in 0..<30 {
          group.addTask { try await control.logIn("ada@example.com", Self.wrong, from: "198.51.100.\(index)").status }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.count { $0 == 401 } == 5)
      #expect(statuses.count { $0 == 429 } == 25)
    }
  }

  @Test(
    "a network that fails with many accounts is slowed, others are not, and its neighbours in IPv6 are the same network"
  )
  func network() async throws {
    try await withControl { control in
      _ = try await control.signUp("ada@example.com")
      for index in 0..<5 {
        let answer = try await control.logIn("no\(index)@example.com", Self.wrong, from: "2001:db8:1:2::\(index)")
        #expect(answer.status == 401)
      }
      #expect(try await control.logIn("ada@example.com", from: "2001:db8:1:2:ffff::1").status == 429)
      #expect(try await control.logIn("ada@example.com", from: "2001:db8:1:3::1").status == 200)
    }
  }

  @Test("a known device tries as often at once as in a row")
  func parallelDevice() async throws {
    var limits = ControlLimits()
    limits.passwordQueue = 200
    try await withControl(limits: limits) { control in
      _ = try await control.signUp("ada@example.com")
      let device = try await control.logIn("ada@example.com").text("device_token")
      let statuses = try await withThrowingTaskGroup(of: Int.self, returning: [Int].self) { group in
        for _ in 0..<20 {
          group.addTask { try await control.logIn("ada@example.com", Self.wrong, device: device).status }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.count { $0 == 401 } == 5)
      #expect(statuses.count { $0 == 429 } == 15)
    }
  }

  @Test("a login that the server has no time for is answered 503 with a time to come again, and counts for nothing")
  func overload() async throws {
    var limits = ControlLimits()
    limits.passwordWorkers = 1
    limits.passwordQueue = 0
    try await withControl(limits: limits) { control in
      _ = try await control.signUp("ada@example.com")
      let answers = try await withThrowingTaskGroup(of: Answer.self, returning: [Answer].self) { group in
        for _ in 0..<5 { group.addTask { try await control.logIn("ada@example.com") } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let refused = answers.filter { $0.status == 503 }
      #expect(!refused.isEmpty)
      #expect(answers.map(\.status).filter { ![200, 503].contains($0) } == [])
      for answer in refused { #expect(answer.headers[.retryAfter] != nil) }
      for _ in 0..<4 { #expect(try await control.logIn("ada@example.com", Self.wrong).status == 401) }
      #expect(try await control.logIn("ada@example.com").status == 200)
    }
  }

  @Test("a device that has logged in before is not slowed by others' failures, but by its own")
  func device() async throws {
    try await withControl { control in
      _ = try await control.signUp("ada@example.com")
      let first = try await control.logIn("ada@example.com", from: "192.0.2.1")
      let device = try first.text("device_token")
      for index in 0..<13 {
        // Long enough for each to count, so that the last one's wait is longer than this test.
        control.clock.advance(150)
        _ = try await control.logIn("ada@example.com", Self.wrong, from: "198.51.100.\(index)")
      }
      #expect(try await control.logIn("ada@example.com", from: "192.0.2.1").status == 429)
      let known = try await control.logIn("ada@example.com", device: device, from: "192.0.2.1")
      #expect(known.status == 200)
      #expect(known.problem == nil && (try? known.text("device_token")) == nil, "it keeps the one it has")
      // Another person's device, or one that never was, helps nobody.
      _ = try await control.signUp("eve@example.com")
      let eves = try await control.logIn("eve@example.com", from: "203.0.113.1").text("device_token")
      for other in [eves, TokenFormat.device.mint(), "x"] {
        #expect(try await control.logIn("ada@example.com", device: other, from: "203.0.113.2").status == 429)
      }
      for _ in 0..<5 {
        let answer = try await control.logIn("ada@example.com", Self.wrong, device: device, from: "192.0.2.1")
        #expect(answer.status == 401)
      }
      #expect(try await control.logIn("ada@example.com", device: device, from: "192.0.2.1").status == 429)
    }
  }

  @Test("X-Forwarded-For counts from a listed proxy only, and only up to the first that is not listed")
  func forwarded() throws {
    #expect(TrustedProxies("10.0.0.0/8, 192.0.2.7,2001:db8::/32,local") != nil)
    for text in ["", "10.0.0.0/33", "10.0.0.0/-1", "x", "10.0.0.0/8,", "example.com", "10.0.0.0/8/8"] {
      #expect(TrustedProxies(text) == nil, "\(text)")
    }
  }

  @Test("the throttle's rows go when they count for nothing any more, and name nobody")
  func pruned() async throws {
    try await withControl { control in
      _ = try await control.logIn("nobody@example.com", Self.wrong)
      #expect(try await control.query("SELECT count(*) FROM control.throttle").only().decode(Int64.self) == 2)
      control.clock.advance(90_000)
      try await control.server.maintenance.pass()
      #expect(try await control.query("SELECT count(*) FROM control.throttle").only().decode(Int64.self) == 0)
    }
  }

  @Test("letters to one address are bounded without a word, and letters that one network asks for with one")
  func letters() async throws {
    try await withControl { control in
      for _ in 0..<8 {
        let answer = try await control.post("/api/v1/password/forgot", ["email": "victim@example.com"])
        #expect(answer.status == 202)
      }
      try await control.deliver()
      #expect(control.mail.letters(to: "victim@example.com").count == 5)
      for index in 0..<92 {
        _ = try await control.post("/api/v1/password/forgot", ["email": .string("v\(index)@example.com")])
      }
      let refused = try await control.post("/api/v1/password/forgot", ["email": "last@example.com"])
      #expect(refused.status == 429)
    }
  }

  @Test(
    "a refused login, a sign-up and a forgotten password are answered at a fixed pace, whatever is known of the address"
  )
  func pace() async throws {
    var limits = ControlLimits()
    limits.answerPace = 400
    try await withControl(limits: limits) { control in
      let user = try await control.signUp("ada@example.com")
      // A cheap foreign form, as an import leaves it.
      let phc = "pbkdf2_sha256$1$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
      try await control.environment.database.client.withConnection { connection in
        _ = try await connection.execute("UPDATE control.password SET phc = \(phc) WHERE user_id = \(user)::text::uuid")
      }
      for email in ["ada@example.com", "nobody@example.com"] {
        let began = ContinuousClock.now
        #expect(try await control.logIn(email, Self.wrong).status == 401)
        let spent = ContinuousClock.now - began
        #expect(spent >= .milliseconds(395), "\(email) \(spent)")
      }
      // So is what sends a letter: for an address with an account more is looked up, and another letter is written.
      let requests: [(String, [(String, JSONValue)])] = [
        ("/api/v1/password/forgot", []),
        ("/api/v1/signup", [("password", .string(ControlFixture.password)), ("name", "Eve")]),
      ]
      for (path, more) in requests {
        for email in ["ada@example.com", "nobody@example.com"] {
          var body: JSONObject = ["email": .string(email)]
          for (key, value) in more { body[key] = value }
          let began = ContinuousClock.now
          #expect(try await control.post(path, .object(body)).status == 202)
          let spent = ContinuousClock.now - began
          #expect(spent >= .milliseconds(395), "\(path) \(email) \(spent)")
        }
      }
    }
  }
}
