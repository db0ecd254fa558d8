import ControlPlane
import FoundationEssentials
import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite("API tokens at control")
struct APITokenTests {
  private static func create(
    _ world: World, as token: String? = nil, _ more: [(String, JSONValue)] = []
  ) async throws -> Answer {
    var body: JSONObject = ["organization": "acme", "name": "ci", "scopes": ["org:read", "project:write"]]
    for (key, value) in more { body[key] = value }
    return try await world.control.post("/api/v1/api-tokens", token: token ?? world.ada.token, .object(body))
  }

  private static func held(_ region: FakeRegion) async throws -> [RowImage] {
    try await region.pullAll().values.filter { $0.row.kind == ReplicatedModels.apiToken.kind }
  }

  @Test("are shown once, kept as digests, and travel to the organization's home only")
  func create() async throws {
    try await withControl { control in
      let world = try await World(control)
      let us = try await FakeRegion.joined(control, "us")
      let made = try await Self.create(world)
      #expect(made.status == 201)
      let token = try made.text("token")
      #expect(token.hasPrefix("atl_org_eu_"))
      #expect(APITokenFormat.region(of: token)?.text == "eu")
      let rows = try await Self.held(world.eu)
      let row = try #require(rows.first)
      #expect(rows.count == 1)
      #expect(row.value("digest") == Hexadecimal.encode(TokenFormat.digest(of: token)))
      #expect(row.value("organization_id") == world.organization)
      #expect(row.value("user_id") == world.ada.id)
      #expect(row.value("scopes") == "org:read project:write")
      #expect(try await Self.held(us).isEmpty)
      let listed = try await control.get("/api/v1/api-tokens?organization=acme", token: world.ada.token)
      #expect(listed.status == 200)
      #expect(!String(decoding: listed.bytes, as: UTF8.self).contains(token))
      let random = token.split(separator: "_").last.map(String.init) ?? ""
      let kept = try await control.query(
        "SELECT count(*) FROM control.api_token t WHERE t::text LIKE \("%" + random + "%")")
      #expect(try kept.only().decode(Int64.self) == 0)
      #expect(try await control.query("SELECT 1 FROM control.audit WHERE action = 'api_token.create'").count == 1)
    }
  }

  @Test(
    "end in their region when they are revoked, when their person leaves, and are forgotten once the region removed them"
  )
  func end() async throws {
    try await withControl { control in
      let world = try await World(control)
      let first = try await Self.create(world).text("id")
      _ = try await Self.create(world)
      #expect(try await Self.held(world.eu).count == 2)
      let path = "/api/v1/api-tokens/\(first)"
      #expect(try await control.send(.delete, path, token: world.bob.token).status == 404)
      #expect(try await control.send(.delete, path, token: world.ada.token).status == 204)
      #expect(try await control.send(.delete, path, token: world.ada.token).status == 204)
      let removed = try await Self.held(world.eu)
      #expect(removed.count == 1 && removed[0].row.key.text == first && removed[0].fields == nil)
      // The region reports that Ada's membership is gone.
      #expect(try await world.eu.push([.init(ReplicatedModels.member, world.grant, nil)]).isEmpty)
      #expect(try await Self.held(world.eu).allSatisfy { $0.fields == nil })
      let active = try await control.query("SELECT 1 FROM control.api_token WHERE state = 'active'")
      #expect(active.isEmpty)
      control.clock.advance(31 * 86_400)
      try await control.server.maintenance.pass()
      for _ in 0..<3 { _ = try await world.eu.pullAll() }
      #expect(try await control.query("SELECT 1 FROM control.api_token").isEmpty)
    }
  }

  @Test("are refused to strangers, to members, and with unusable names, scopes and times")
  func refusals() async throws {
    try await withControl { control in
      let world = try await World(control)
      #expect(try await Self.create(world, as: world.bob.token).problem == "not-found")
      let invitation = try await world.invite("bob@example.com")
      _ = try await world.accept(invitation.token, as: world.bob.token)
      #expect(try await Self.create(world, as: world.bob.token).status == 403)
      #expect(try await control.post("/api/v1/api-tokens", ["organization": "acme"]).status == 401)
      for scopes in [[], ["root"], ["org:read", "org:read"], ["app:"], ["app:A"], ["org:read "]] as [[String]] {
        let answer = try await Self.create(world, [("scopes", .array(scopes.map { .string($0) }))])
        #expect(answer.status == 422, "\(scopes)")
      }
      #expect(try await Self.create(world, [("name", "a\u{7}b")]).status == 422)
      #expect(try await Self.create(world, [("days", 367)]).status == 422)
      #expect(try await Self.create(world, [("days", 0)]).status == 400)
      #expect(try await Self.create(world, [("organization", "nobodys")]).status == 404)
      #expect(try await Self.create(world, [("scopes", ["app:events.write"]), ("days", 1)]).status == 201)
      // A member sees only their own.
      let seen = try await control.get("/api/v1/api-tokens?organization=acme", token: world.bob.token)
      #expect(try seen.json.field("api_tokens").array(maximum: 10).isEmpty)
    }
  }

  @Test(
    "take a fresh proof: a login of ten minutes or the password, guessed no faster than at login; and a letter says so")
  func freshProof() async throws {
    try await withControl { control in
      let world = try await World(control)
      #expect(try await Self.create(world).status == 201)
      try await control.deliver()
      let letters = control.mail.letters(to: "ada@example.com").filter { $0.subject.contains("API token") }
      #expect(letters.count == 1)
      #expect(letters[0].text.contains("acme") && !letters[0].text.contains("atl_org_"))
      control.clock.advance(Double(control.environment.limits.freshProof) + 1)
      let asked = try await Self.create(world)
      #expect(asked.status == 403 && asked.problem == "proof-needed")
      #expect(try await Self.create(world, [("password", "not her password")]).problem == "password-wrong")
      #expect(try await Self.create(world, [("password", .string(ControlFixture.password))]).status == 201)
      for _ in 0..<5 { _ = try await Self.create(world, [("password", "a thief's guess")]) }
      #expect(try await Self.create(world, [("password", "a thief's guess")]).status == 429)
      let made = try await control.query("SELECT count(*) FROM control.api_token").only().decode(Int64.self)
      #expect(made == 2)
      try await control.deliver()
      #expect(control.mail.letters(to: "ada@example.com").filter { $0.subject.contains("API token") }.count == 2)
    }
  }

  @Test("are bounded in number")
  func bounded() async throws {
    var limits = ControlLimits()
    limits.apiTokens = 1
    try await withControl(limits: limits) { control in
      let world = try await World(control)
      #expect(try await Self.create(world).status == 201)
      #expect(try await Self.create(world).problem == "too-many-api-tokens")
    }
  }
}
