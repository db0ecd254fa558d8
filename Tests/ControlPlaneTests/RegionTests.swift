import ControlPlane
import FoundationEssentials
import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct RegionTests {
  @Test("the whole trail is read page by page, each entry once")
  func auditPages() async throws {
    var limits = ControlLimits()
    limits.page = 3
    try await withControl(limits: limits) { control in
      for name in ["a", "b", "c"] { #expect(try await control.region(name).status == 201) }
      let count = try await control.query("SELECT count(*) FROM control.audit").only().decode(Int64.self)
      #expect(count > 3)
      var ids: [Int64] = []
      var query = ""
      while ids.count < 1000 {
        let page = try await control.get("/api/v1/operator/audit\(query)", token: control.operatorToken).json
        ids += try page.field("entries").array(maximum: 3).map { try $0.field("id").integer(in: 1...Int64.max) }
        guard case .integer(let next) = try page.field("next").value else { break }
        query = "?before=\(next)"
      }
      #expect(ids.count == Int(count) && ids == ids.sorted(by: >) && Set(ids).count == ids.count)
      for wrong in ["0", "x", "-1", "99999999999999999999"] {
        let answer = try await control.get("/api/v1/operator/audit?before=\(wrong)", token: control.operatorToken)
        #expect(answer.status == 400)
      }
    }
  }

  @Test("a region is created, gets a token, joins, and is active at once unless it is customer-hosted")
  func join() async throws {
    try await withControl { control in
      let made = try await control.region("eu")
      #expect(made.status == 201)
      #expect(try made.text("state") == "created")
      let region = try FakeRegion(control, name: "eu")
      let joined = try await region.join(try await region.joinToken())
      #expect(joined.status == 200)
      #expect(try JoinAnswer(body: joined.bytes).state == .approved)
      let list = try await control.get("/api/v1/operator/regions", token: control.operatorToken)
      let first = try list.json.field("regions").array(maximum: 10)[0]
      #expect(try first.field("state").string() == "active")
    }
  }

  @Test("a region whose name is taken, no DNS label, or whose URL could leave the machine unencrypted is refused")
  func badRegions() async throws {
    try await withControl { control in
      _ = try await control.region("eu")
      #expect(try await control.region("eu").problem == "region-taken")
      for name in ["", "EU", "e u", "-eu", "eu-", "xn--x", "control", String(repeating: "e", count: 64)] {
        #expect(try await control.region(name).status == 400)
      }
      for url in ["http://example.com", "ftp://example.com", "https://", "https://a@b.com", "https://a.com?x", "eu"] {
        #expect(try await control.region("us", [("url", .string(url))]).problem == "region-invalid")
      }
    }
  }

  @Test("unknown, expired and replaced join tokens are refused, and the old token of a region is void")
  func badTokens() async throws {
    try await withControl { control in
      _ = try await control.region("eu")
      let region = try FakeRegion(control, name: "eu")
      let old = try await region.joinToken()
      let current = try await region.joinToken()
      for token in [TokenFormat.join.mint(), "atlj_x", old] {
        let answer = try await region.join(token)
        #expect(answer.status == 401)
        #expect(FakeRegion.code(answer) == .joinTokenInvalid)
      }
      control.clock.advance(3601)
      #expect(FakeRegion.code(try await region.join(current)) == .joinTokenInvalid)
    }
  }

  @Test("the same key gets the same answer for ten minutes; another key gets a conflict, and operators an alarm")
  func tokenOnce() async throws {
    try await withControl { control in
      _ = try await control.region("eu")
      let region = try FakeRegion(control, name: "eu")
      let token = try await region.joinToken()
      let first = try await region.join(token)
      let again = try await region.join(token)
      #expect(first.status == 200)
      #expect(first.bytes == again.bytes)
      let thief = try FakeRegion(control, name: "eu")
      let stolen = try await thief.join(token)
      #expect(stolen.status == 409)
      #expect(FakeRegion.code(stolen) == .joinTokenUsed)
      #expect(try await alarms(control) == ["region.join_token_reused"])
      control.clock.advance(601)
      #expect(FakeRegion.code(try await region.join(token)) == .joinTokenUsed)
    }
  }

  @Test("a key belongs to one region for ever")
  func keyOnce() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      _ = try await control.region("us")
      let us = try FakeRegion(control, name: "us")
      let token = try await us.joinToken()
      let answer = try await us.join(token, stream: eu.stream)
      #expect(answer.status == 409)
      #expect(FakeRegion.code(answer) == .keyInUse)
      // Nothing half done: the token still works.
      #expect(try await us.join(token).status == 200)
    }
  }

  @Test("a stream key that is the agent's key again is refused")
  func sameKeyTwice() async throws {
    try await withControl { control in
      _ = try await control.region("eu")
      let region = try FakeRegion(control, name: "eu")
      let sneaky = try SigningKey(seed: region.agent.seed, purpose: .stream)
      #expect(FakeRegion.code(try await region.join(try await region.joinToken(), stream: sneaky)) == .keyRefused)
    }
  }

  @Test("a customer-hosted region waits for an operator, who approves by fingerprint")
  func approval() async throws {
    try await withControl { control in
      let made = try await control.region("acme", [("category", "customer_hosted")])
      #expect(try made.json.field("requires_approval").bool())
      let region = try FakeRegion(control, name: "acme")
      let joined = try await region.join(try await region.joinToken())
      #expect(try JoinAnswer(body: joined.bytes).state == .pending)
      #expect(FakeRegion.code(try await region.hello()) == .pendingApproval)
      let path = "/api/v1/operator/regions/acme/approve"
      let wrong = try await control.post(path, token: control.operatorToken, ["fingerprint": "sha256:00"])
      #expect(wrong.problem == "nothing-to-approve")
      let fingerprint = JSONValue.string(region.agent.verificationKey.fingerprint)
      #expect(try await control.post(path, token: control.operatorToken, ["fingerprint": fingerprint]).status == 200)
      try await control.sequence()
      #expect(try await region.hello().status == 200)
      #expect(try await control.post(path, token: control.operatorToken, [:]).problem == "nothing-to-approve")
    }
  }

  @Test("a re-join of a region that holds organizations waits for approval")
  func rejoin() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let ada = try await control.person("ada@example.com")
      _ = try await control.post("/api/v1/organizations", token: ada.token, ["slug": "acme", "region": "eu"])
      let second = try FakeRegion(control, name: "eu")
      let joined = try await second.join(try await second.joinToken())
      #expect(try JoinAnswer(body: joined.bytes).state == .pending)
      #expect(FakeRegion.code(try await second.hello()) == .pendingApproval)
      #expect(try await eu.hello().status == 200)
    }
  }

  @Test("revocation ends keys, sessions and tokens, and cuts a pull that is held")
  func revocation() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      _ = try await eu.pullAll()
      async let held = eu.pullRaw(wait: 20_000)
      // The hold has begun when its nonce is recorded.
      let before = try await nonces(control)
      while try await nonces(control) == before { await Task.yield() }
      let path = "/api/v1/operator/regions/eu/revoke"
      #expect(try await control.post(path, token: control.operatorToken, [:]).status == 200)
      #expect(FakeRegion.code(try await held) == .sessionFenced)
      #expect(FakeRegion.code(try await eu.pullRaw()) == .revoked)
      #expect(FakeRegion.code(try await eu.hello()) == .revoked)
    }
  }

  @Test("the role decides what an operator may do", arguments: OperatorRole.allCases)
  func matrix(role: OperatorRole) async throws {
    try await withControl { control in
      let added = try await control.post(
        "/api/v1/operator/operators", token: control.operatorToken,
        ["name": .string("op \(role.rawValue)"), "role": .string(role.rawValue)])
      #expect(added.status == 201)
      let token = try added.text("token")
      _ = try await control.region("eu")
      let routes: [(HTTPRequest.Method, String, JSONValue?, OperatorPermission)] = [
        (.get, "/api/v1/operator/regions", nil, .readStatus),
        (.get, "/api/v1/operator/status", nil, .readStatus),
        (.get, "/api/v1/operator/audit", nil, .readAudit),
        (.post, "/api/v1/operator/regions", ["name": "us", "url": "https://us.example.com"], .manageRegions),
        (.post, "/api/v1/operator/regions/eu/join-tokens", [:], .manageRegions),
        (.post, "/api/v1/operator/regions/eu/approve", [:], .manageRegions),
        (.post, "/api/v1/operator/regions/eu/revoke", [:], .manageRegions),
        (.post, "/api/v1/operator/token-keys", [:], .manageOperators),
        (.post, "/api/v1/operator/operators", ["name": "x", "role": "auditor"], .manageOperators),
        (.post, "/api/v1/operator/users/none/status", ["status": "suspended"], .manageOperators),
      ]
      for (method, path, body, permission) in routes {
        let answer = try await control.send(method, path, token: token, json: body)
        #expect((answer.status == 403) == !role.allows(permission), "\(role) \(path) \(answer.status)")
        #expect(try await control.send(method, path, json: body).status == 401)
        let ada = TokenFormat.session.mint()
        #expect(try await control.send(method, path, token: ada, json: body).status == 401)
      }
    }
  }

  @Test("the audit trail names what operators did")
  func audit() async throws {
    try await withControl { control in
      _ = try await FakeRegion.joined(control, "eu")
      let audit = try await control.get("/api/v1/operator/audit", token: control.operatorToken)
      let actions = try audit.json.field("entries").array(maximum: 100).map { try $0.field("action").string() }
      #expect(actions.contains("control.init"))
      #expect(actions.contains("region.create"))
      #expect(actions.contains("region.join_token"))
      #expect(actions.contains("region.join"))
    }
  }

  private func alarms(_ control: ControlFixture) async throws -> [String] {
    try await control.query("SELECT action FROM control.audit WHERE alarm ORDER BY id").decode(String.self)
  }

  private func nonces(_ control: ControlFixture) async throws -> Int64 {
    try await control.query("SELECT count(*) FROM outbox.nonce").only().decode(Int64.self)
  }
}

/// Keys that nobody may enrol.
@Suite struct WeakKeyTests {
  @Test("a join with a key of small order is refused before anything is looked up, and the token stays good")
  func smallOrder() async throws {
    try await withControl { control in
      _ = try await control.region("eu")
      let region = try FakeRegion(control, name: "eu")
      let token = try await region.joinToken()
      let request = try JoinRequest(
        token: token, agentKey: region.agent.verificationKey, streamKey: region.stream, software: "t", development: true
      )
      // The neutral element and a point of order two.
      for weak in [[1] + [UInt8](repeating: 0, count: 31), [UInt8](repeating: 0, count: 32)] {
        for member in ["agent_key", "stream_key"] {
          var document = try JSONReader(request.json).object()
          document[member] = .string(Base64.encode(weak))
          let answer = try await region.call(SyncPath.join, JSONWriter.write(.object(document)))
          #expect(answer.status == 400)
        }
      }
      #expect(try await control.query("SELECT count(*) FROM control.region_key").only().decode(Int64.self) == 0)
      #expect(try await region.join(token).status == 200)
    }
  }

  @Test("a join request signed by another key than the one it enrols proves nothing")
  func possession() async throws {
    try await withControl { control in
      _ = try await control.region("eu")
      let region = try FakeRegion(control, name: "eu")
      let token = try await region.joinToken()
      let request = try JoinRequest(
        token: token, agentKey: region.agent.verificationKey, streamKey: region.stream, software: "t", development: true
      )
      let answer = try await region.call(SyncPath.join, request.body, key: try SigningKey(purpose: .agent))
      #expect(FakeRegion.code(answer) == .signatureRefused)
      #expect(try await region.join(token).status == 200)
    }
  }
}
