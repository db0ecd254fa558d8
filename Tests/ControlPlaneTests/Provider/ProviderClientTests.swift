import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

/// How clients come about, prove themselves and end.
@Suite struct ProviderClientTests {
  @Test("clients are registered, listed and revoked by operators; descriptions that would open a door are refused")
  func registration() async throws {
    try await withControl { control in
      let made = try await OpenIDClient.create(control, [("logout_uris", ["https://app.example.com/bye"])])
      #expect(made.status == 201)
      #expect(TokenFormat.clientSecret.recognizes(try made.text("client_secret")))
      let publicKey: JWTVerificationKey = JWTVerificationKey(try SigningKey(purpose: .agent).verificationKey)
      let set: JSONValue = ["keys": [.object(publicKey.jwk)]]
      var private_ = publicKey.jwk
      private_["d"] = "AA"
      let wrong: [[(String, JSONValue)]] = [
        [("redirect_uris", [])], [("redirect_uris", ["http://app.example.com/cb"])],
        [("redirect_uris", ["https://app.example.com/cb#x"])], [("redirect_uris", ["https://*.example.com/cb"])],
        [("redirect_uris", ["https://u@app.example.com/cb"])], [("redirect_uris", ["https://App.example.com/cb"])],
        [("redirect_uris", ["https:///cb"])], [("redirect_uris", ["https://app.example.com:99999/cb"])],
        [("redirect_uris", ["javascript:alert(1)"])], [("redirect_uris", ["data:text/html,x"])],
        [("redirect_uris", ["com.example.app:/cb"])], [("redirect_uris", ["https://app.example.com/\u{E9}"])],
        [("redirect_uris", ["https://app.example.com/\\evil"])], [("logout_uris", ["http://app.example.com/"])],
        [("origins", ["https://app.example.com"])],
        [("authentication", "none"), ("origins", ["https://app.example.com/"])],
        [("authentication", "none"), ("origins", ["*"])], [("authentication", "none"), ("origins", ["null"])],
        [("scopes", ["profile"])], [("scopes", ["openid", "admin"])], [("scopes", ["openid", "openid"])],
        [("authentication", "private_key_jwt")], [("keys", set)],
        [("authentication", "private_key_jwt"), ("keys", ["keys": []])],
        [("authentication", "private_key_jwt"), ("keys", ["keys": [.object(private_)]])],
        [("authentication", "private_key_jwt"), ("keys", ["keys": [.object(publicKey.jwk), .object(publicKey.jwk)]])],
        [("name", "\u{7}")],
      ]
      for change in wrong {
        let answer = try await OpenIDClient.create(control, change)
        #expect(answer.status == 422, "\(change)")
      }
      for change in [("authentication", "client_secret_jwt"), ("redirect_uris", "x"), ("typo", 1)]
        as [(String, JSONValue)]
      {
        #expect(try await OpenIDClient.create(control, [change]).status == 400)
      }
      let native = try await OpenIDClient.create(
        control, [("authentication", "none"), ("redirect_uris", ["com.example.app:/cb", "http://127.0.0.1:7000/cb"])])
      #expect(native.status == 201)
      #expect(try native.json.optional("client_secret") == nil)
      let list = try await control.get("/api/v1/operator/clients", token: control.operatorToken)
      let clients = try list.json.field("clients").array(maximum: 9)
      #expect(clients.count == 2)
      #expect(!String(decoding: list.bytes, as: UTF8.self).contains("atlx_"))
      let path = "/api/v1/operator/clients/\(try made.text("id"))/revoke"
      #expect(try await control.post(path, token: control.operatorToken, [:]).status == 200)
      #expect(
        try await control.post("/api/v1/operator/clients/x/revoke", token: control.operatorToken, [:]).status == 404)
      #expect(try await control.query("SELECT count(*) FROM control.client_secret").only().decode(Int64.self) == 0)
      let auditor = try await control.post(
        "/api/v1/operator/operators", token: control.operatorToken, ["name": "a", "role": "auditor"]
      ).text("token")
      #expect(try await control.get("/api/v1/operator/clients", token: auditor).status == 200)
      for path in ["/api/v1/operator/clients", path, "/api/v1/operator/id-token-keys"] {
        #expect(try await control.post(path, token: auditor, [:]).status == 403)
        #expect(try await control.post(path, [:]).status == 401)
      }
    }
  }

  @Test("a client proves itself in the one way it registered, and a rotated secret goes on as long as it was given")
  func secrets() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let ada = try await control.person("ada@example.com")
      func attempt(_ fields: [(String, String)], basic: String? = nil) async throws -> Answer {
        let code = try await client.code(ada.token)
        var headers = HTTPFields()
        if let basic { headers[.authorization] = "Basic " + Base64.encode(Array(basic.utf8), .standard) }
        return try await client.post(
          "/oauth/token",
          [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", client.redirectURI),
            ("code_verifier", client.verifier),
          ] + fields, headers)
      }
      let secret = try #require(client.secret)
      #expect(try await attempt([], basic: "\(client.id):\(secret)").status == 200)
      let wrong = [
        "\(client.id):\(TokenFormat.clientSecret.mint())", "\(client.id):", "\(client.id)", "x:\(secret)", ":\(secret)",
      ]
      for basic in wrong {
        let refused = try await attempt([], basic: basic)
        #expect(refused.status == 401)
        #expect(refused.headers[.wwwAuthenticate]?.hasPrefix("Basic") == true)
      }
      let posted = [("client_id", client.id), ("client_secret", secret)]
      #expect(try OpenIDClient.error(try await attempt(posted)) == "invalid_client")
      #expect(try OpenIDClient.error(try await attempt([("client_id", client.id)])) == "invalid_client")
      #expect(try OpenIDClient.error(try await attempt([])) == "invalid_client")
      #expect(try OpenIDClient.error(try await attempt(posted, basic: "\(client.id):\(secret)")) == "invalid_request")
      #expect(
        try OpenIDClient.error(try await attempt([("client_id", "eu")], basic: "\(client.id):\(secret)"))
          == "invalid_client")
      let path = "/api/v1/operator/clients/\(client.id)/secrets"
      let rotated = try await control.post(path, token: control.operatorToken, ["overlap_seconds": 60])
      let next = try rotated.text("client_secret")
      #expect(try await attempt([], basic: "\(client.id):\(secret)").status == 200)
      #expect(try await attempt([], basic: "\(client.id):\(next)").status == 200)
      control.clock.advance(61)
      #expect(try await attempt([], basic: "\(client.id):\(secret)").status == 401)
      #expect(try await attempt([], basic: "\(client.id):\(next)").status == 200)
      #expect(
        try await control.post(path, token: control.operatorToken, ["overlap_seconds": 604_801]).status == 422)
      let native = try await OpenIDClient.register(control, [("authentication", "none")])
      let none = "/api/v1/operator/clients/\(native.id)/secrets"
      #expect(try await control.post(none, token: control.operatorToken, [:]).status == 422)
    }
  }

  @Test("a third party with keys of its own proves itself with each algorithm, and with none of another's")
  func privateKeys() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let keys = [
        try #require(JWTSigningKey.generateES256()), try #require(JWTSigningKey.generateRS256()),
        JWTSigningKey(try SigningKey(purpose: .agent)),
      ]
      let set: JSONValue = ["keys": .array(keys.map { .object($0.verificationKey.jwk) })]
      var client = try await OpenIDClient.register(
        control, [("trusted", true), ("authentication", "private_key_jwt"), ("keys", set)])
      for key in keys {
        client.key = key
        #expect(try await client.exchange(try await client.code(ada.token)).status == 200)
      }
      client.key = JWTSigningKey.generateES256()
      #expect(try await client.exchange(try await client.code(ada.token)).status == 401)
      // An issuer as an audience among others could be replayed there.
      let spread = try client.assertion(keys[0]) {
        $0["aud"] = [.string(control.environment.site.url), "https://other.example.com"]
      }
      let code = try await client.code(ada.token)
      let answer = try await client.token(
        [
          ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", client.redirectURI),
          ("code_verifier", client.verifier),
        ] + spread.map { ($0.0, Optional($0.1)) })
      #expect(answer.status == 401)
    }
  }

  @Test("a single-page application gets a region's token with CORS for its own origins, for people who belong there")
  func singlePage() async throws {
    try await withControl { control in
      let world = try await World(control)
      let origin = "https://spa.example.com"
      let spa = try await OpenIDClient.register(
        control, [("authentication", "none"), ("origins", [.string(origin)]), ("trusted", true)])
      let other = try await OpenIDClient.register(
        control, [("authentication", "none"), ("origins", ["https://other.example.com"]), ("trusted", true)])
      func preflight(_ path: String, _ origin: String) async throws -> String? {
        let answer = try await control.raw(
          .options, path, headers: [.origin: origin, .accessControlRequestMethod: "POST"], body: nil)
        #expect(answer.status == 204)
        #expect(!answer.headers.contains(.accessControlAllowCredentials))
        #expect(answer.headers[.vary] == "Origin")
        return answer.headers[.accessControlAllowOrigin]
      }
      for path in [
        "/oauth/token", "/oauth/userinfo", "/oauth/jwks", "/oauth/revoke", "/.well-known/openid-configuration",
      ] {
        #expect(try await preflight(path, origin) == origin)
        for stranger in [
          "https://evil.example.com", "null", "https://spa.example.com.evil.com", "http://spa.example.com",
        ] {
          #expect(try await preflight(path, stranger) == nil)
        }
      }
      let code = try await spa.code(world.ada.token, [("scope", "openid offline_access region")])
      let fields: [(String, String?)] = [
        ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", spa.redirectURI),
        ("code_verifier", spa.verifier), ("client_id", spa.id),
      ]
      let first = try await spa.token(fields, headers: [.origin: origin])
      #expect(first.status == 200)
      #expect(first.headers[.accessControlAllowOrigin] == origin)
      let info = try await control.send(
        .get, "/oauth/userinfo", token: try first.text("access_token"), headers: [("Origin", origin)])
      #expect(info.headers[.accessControlAllowOrigin] == origin)
      let regions = try info.json.field("atoll_regions").array(maximum: 9)
      let url = try #require(regions.first).field("url").string()
      #expect(url == "https://eu.example.com")
      let token = try await spa.refresh(try first.text("refresh_token"), [("resource", url)])
      let keys = try await control.environment.database.withConnection { try await TokenKeyStore.usable(on: $0) }
      let access = try AccessTokenVerifier(region: try RegionName("eu"), keys: keys).verify(
        try token.text("access_token"), now: control.environment.seconds)
      #expect(access.user.description == world.ada.id)
      #expect(access.client == spa.id)
      // A region without her looks like no region.
      _ = try await FakeRegion.joined(control, "us")
      let refresh = try token.text("refresh_token")
      for resource in ["https://us.example.com", "https://nowhere.example.com", "eu", url + "/"] {
        #expect(try OpenIDClient.error(try await spa.refresh(refresh, [("resource", resource)])) == "invalid_target")
      }
      // Nor does a client without the scope get one; and another's script reads nothing.
      let plain = try await other.code(world.ada.token)
      let refused = try await other.token(
        [
          ("grant_type", "authorization_code"), ("code", plain), ("redirect_uri", other.redirectURI),
          ("code_verifier", other.verifier), ("client_id", other.id), ("resource", url),
        ], headers: [.origin: origin])
      #expect(try OpenIDClient.error(refused) == "invalid_target")
      #expect(refused.headers[.accessControlAllowOrigin] == nil)
      let keySet = try await control.send(.get, "/oauth/jwks", headers: [("Origin", origin)])
      #expect(keySet.headers[.accessControlAllowOrigin] == origin)
    }
  }

  @Test("a client that asks the token endpoint without end is slowed down, others are not")
  func rate() async throws {
    var limits = ControlLimits()
    limits.provider.tokenBurst = 3
    limits.provider.tokenRate = 0.01
    try await withControl(limits: limits) { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let other = try await OpenIDClient.register(control, [("trusted", true)])
      func ask(_ client: OpenIDClient, from address: String) async throws -> Int {
        let name = try #require(HTTPField.Name("X-Forwarded-For"))
        return try await client.token(
          [("grant_type", "refresh_token"), ("refresh_token", "x")],
          headers: [
            name: address,
            .authorization: "Basic " + Base64.encode(Array("\(client.id):\(client.secret ?? "")".utf8), .standard),
          ]
        ).status
      }
      for number in 0..<3 { #expect(try await ask(client, from: "192.0.2.\(number)") == 400) }
      #expect(try await ask(client, from: "192.0.2.9") == 429)
      #expect(try await ask(other, from: "192.0.2.10") == 400)
      for _ in 0..<3 { _ = try await ask(other, from: "192.0.2.20") }
      #expect(try await ask(client, from: "192.0.2.20") == 429)
      control.clock.advance(200)
      #expect(try await ask(client, from: "192.0.2.9") == 400)
    }
  }
}
