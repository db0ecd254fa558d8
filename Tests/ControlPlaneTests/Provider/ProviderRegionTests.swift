import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

/// Regions as clients: what they get, and what they never learn.
@Suite struct ProviderRegionTests {
  @Test("a region logs a person in who belongs there, with a token that it verifies by its replicated key alone")
  func login() async throws {
    try await withControl { control in
      let world = try await World(control)
      let eu = OpenIDClient.region(world.eu)
      let back = try await eu.authorize(world.ada.token)
      #expect(back.headers[.location]?.hasPrefix("https://eu.example.com/auth/callback?code=") == true)
      let query = try OpenIDClient.query(back)
      #expect(query["iss"] == control.environment.site.url)
      #expect(query["atoll_sync"].flatMap { LoginPosition($0) } != nil)
      let answer = try await eu.exchange(try #require(query["code"]))
      #expect(answer.status == 200, "\(String(decoding: answer.bytes, as: UTF8.self))")
      #expect(try answer.json.optional("refresh_token") == nil)
      let held = try await world.eu.pullAll()
      let row = try #require(held.values.first { $0.row.kind == ReplicatedModels.tokenKey.kind })
      let key = try #require(TokenVerificationKey(x: row.value("x") ?? "", y: row.value("y") ?? ""))
      let name = try RegionName("eu")
      let now = control.environment.seconds
      let verifier = IDTokenVerifier(issuer: control.environment.site.url, region: name, keys: [key])
      let id = try verifier.verify(try answer.text("id_token"), nonce: OpenIDClient.nonce, now: now)
      #expect(id.user.description == world.ada.id)
      #expect(id.epoch == 0)
      #expect(id.email == "ada@example.com")
      let position = try #require(id.position)
      let hinted = try #require(query["atoll_sync"].flatMap { LoginPosition($0) })
      #expect(position.epoch == hinted.epoch && position.transaction > hinted.transaction)
      let access = try AccessTokenVerifier(region: name, keys: [key]).verify(try answer.text("access_token"), now: now)
      #expect(access.organization == nil && access.client == nil)
      #expect(access.session == id.session)
      // The session was told to the region in the transaction that the position names.
      #expect(
        held.keys.contains { reference in
          reference.kind == ReplicatedModels.controlSession.kind && reference.key.text == id.session.description
        })
      let visible = try await control.query(
        "SELECT pg_visible_in_snapshot(\(String(position.transaction))::text::xid8, pg_current_snapshot())")
      #expect(try visible.only().decode(Bool.self))
    }
  }

  @Test("a region that asks about a stranger gets, byte for byte, the answer about nobody")
  func strangers() async throws {
    try await withControl { control in
      let world = try await World(control)
      let eu = OpenIDClient.region(world.eu)
      for changes in [[("prompt", "none")], [], [("prompt", "consent")], [("scope", "openid")]] as [[(String, String?)]]
      {
        let nobody = try await eu.authorize(nil, changes)
        let stranger = try await eu.authorize(world.bob.token, changes)
        #expect(stranger.status == nobody.status)
        #expect(stranger.bytes == nobody.bytes)
        var fields = [nobody.headers, stranger.headers]
        for index in fields.indices { fields[index][values: HTTPField.Name("X-Request-Id") ?? .via] = [] }
        #expect(fields[0] == fields[1])
        #expect(!stranger.headers.contains(.setCookie))
      }
      #expect(try OpenIDClient.error(try await eu.authorize(world.bob.token, [("prompt", "none")])) == "login_required")
      #expect(try OpenIDClient.query(try await eu.authorize(world.ada.token, [("prompt", "none")]))["code"] != nil)
      // Whose last membership ended is a stranger again, also between code and exchange.
      let code = try await eu.code(world.ada.token)
      #expect(try await world.eu.push([.init(ReplicatedModels.member, world.grant, nil)]).isEmpty)
      #expect(try OpenIDClient.error(try await eu.exchange(code)) == "invalid_grant")
      #expect(try OpenIDClient.error(try await eu.authorize(world.ada.token, [("prompt", "none")])) == "login_required")
    }
  }

  @Test("claims are cut to what the region's residency tier holds, whatever it asks for")
  func tiers() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      for (tier, scope) in [("full", "openid profile email"), ("name", "openid profile"), ("minimal", "openid")] {
        let region = try await FakeRegion.joined(control, "r-\(tier)", [("residency_tier", .string(tier))])
        _ = try await World.organization("org-\(tier)", of: ada.token, at: region, control)
        let client = OpenIDClient.region(region)
        let all = "openid profile email offline_access region"
        let answer = try await client.exchange(try await client.code(ada.token, [("scope", all)]))
        #expect(try answer.text("scope") == scope)
        let claims = try OpenIDClient.claims(try answer.text("id_token"))
        #expect((claims["name"] != nil) == scope.contains("profile"))
        #expect((claims["email"] != nil) == scope.contains("email"))
        #expect(try answer.json.optional("refresh_token") == nil)
        #expect(try await client.userInfo(try answer.text("access_token")).status == 401)
      }
    }
  }

  @Test("only an agent that an operator admitted proves a region, with its own key, once, to this control plane")
  func assertions() async throws {
    try await withControl { control in
      let world = try await World(control)
      let us = try await FakeRegion.joined(control, "us")
      let eu = OpenIDClient.region(world.eu)
      let code = try await eu.code(world.ada.token)
      func attempt(_ fields: [(String, String)], _ headers: HTTPFields = [:]) async throws -> String? {
        let all =
          [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", eu.redirectURI),
            ("code_verifier", eu.verifier),
          ] + fields
        return try OpenIDClient.error(try await eu.post("/oauth/token", all, headers))
      }
      let key = JWTSigningKey(world.eu.agent)
      let now = control.environment.seconds
      let forgeries: [(inout JSONObject) -> Void] = [
        { $0["aud"] = "https://evil.example.com" },
        { $0["aud"] = .string(control.environment.site.url + "/oauth/token") },
        { $0["aud"] = [.string(control.environment.site.url), "x"] }, { $0["aud"] = nil },
        { $0["exp"] = .integer(now + 3600) },
        {
          $0["iat"] = .integer(now - 400); $0["exp"] = .integer(now - 340)
        },
        {
          $0["iat"] = .integer(now + 400); $0["exp"] = .integer(now + 460)
        }, { $0["iat"] = nil }, { $0["jti"] = nil },
        { $0["jti"] = "" }, { $0["sub"] = "us" }, { $0["iss"] = "us" },
        {
          $0["iss"] = "us"; $0["sub"] = "us"
        },
        { $0["nbf"] = .integer(now + 400) },
      ]
      for forgery in forgeries {
        #expect(try await attempt(try eu.assertion(key, forgery)) == "invalid_client")
      }
      for type in ["at+jwt", "client-authentication+jwt", ""] {
        #expect(try await attempt(try eu.assertion(key, type: type)) == "invalid_client")
      }
      // Keys of another region, of nobody, and the region's own key for another purpose.
      for other in [us.agent, try SigningKey(purpose: .agent), world.eu.stream] {
        #expect(try await attempt(try eu.assertion(JWTSigningKey(other))) == "invalid_client")
      }
      // The other region proves itself well, and the code is still not its own.
      let foreign = OpenIDClient.region(us)
      #expect(try await attempt(try foreign.assertion(JWTSigningKey(us.agent))) == "invalid_grant")
      // No proof at all, a secret, a wrong kind of proof, and two at once.
      #expect(try await attempt([("client_id", "eu")]) == "invalid_client")
      #expect(try await attempt([("client_id", "eu"), ("client_secret", "x")]) == "invalid_client")
      let basic = "Basic " + Base64.encode(Array("eu:x".utf8), .standard)
      #expect(try await attempt([], [.authorization: basic]) == "invalid_client")
      #expect(try await attempt(try eu.assertion(key), [.authorization: basic]) == "invalid_request")
      var named = try eu.assertion(key)
      named[0].1 = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
      #expect(try await attempt(named) == "invalid_request")
      // Good once.
      let good = try eu.assertion(key)
      #expect(try await attempt(good + [("client_id", "us")]) == "invalid_client")
      #expect(try await attempt(good) == nil)
      #expect(try await attempt(good) == "invalid_client")
      #expect(try await ProviderTokenTests.alarms(control) == ["oauth.assertion_replay"])
      #expect(try await control.query("SELECT count(*) FROM control.client_assertion").only().decode(Int64.self) == 2)
      control.clock.advance(200)
      try await control.server.maintenance.pass()
      #expect(try await control.query("SELECT count(*) FROM control.client_assertion").only().decode(Int64.self) == 0)
    }
  }

  @Test("a region that was never admitted or was revoked is no client, and its word moves no redirect")
  func states() async throws {
    try await withControl { control in
      let world = try await World(control)
      _ = try await control.region("new")
      var created = OpenIDClient.region(world.eu)
      created = OpenIDClient(control: control, id: "new", redirectURI: "https://new.example.com/auth/callback")
      #expect(try await created.authorize(world.ada.token).status == 400)
      var eu = OpenIDClient.region(world.eu)
      let code = try await eu.code(world.ada.token)
      for uri in [
        "https://eu.example.com/auth/callback2", "https://us.example.com/auth/callback", "https://eu.example.com/",
      ] {
        eu.redirectURI = uri
        #expect(try await eu.authorize(world.ada.token).status == 400)
      }
      eu = OpenIDClient.region(world.eu)
      #expect(try OpenIDClient.error(try await eu.authorize(world.ada.token, [("nonce", nil)])) == "invalid_request")
      #expect(
        try await control.post("/api/v1/operator/regions/eu/revoke", token: control.operatorToken, [:]).status == 200)
      #expect(try await eu.authorize(world.ada.token).status == 400)
      #expect(try OpenIDClient.error(try await eu.exchange(code)) == "invalid_client")
    }
  }

  @Test("a control plane that came back from a backup gives no codes for regions that it still asks")
  func reconciling() async throws {
    try await withControl { control in
      let world = try await World(control)
      let eu = OpenIDClient.region(world.eu)
      let code = try await eu.code(world.ada.token)
      try await control.environment.database.client.execute(
        "UPDATE control.reconcile SET phase = 'reconciling', name = 'x', epoch = 2, cause = 'peer', began = now()")
      try await control.environment.database.client.execute(
        "INSERT INTO control.reconcile_region (region_number, standing) SELECT number, 'awaited' FROM control.region")
      #expect(try OpenIDClient.error(try await eu.authorize(world.ada.token)) == "temporarily_unavailable")
      let nobody = try await eu.authorize(nil, [("prompt", "none")])
      #expect(
        try await eu.authorize(world.bob.token, [("prompt", "none")]).headers[.location] == nobody.headers[.location])
      let answer = try await eu.exchange(code)
      #expect(answer.status == 503)
      #expect(try OpenIDClient.error(answer) == "temporarily_unavailable")
    }
  }
}
