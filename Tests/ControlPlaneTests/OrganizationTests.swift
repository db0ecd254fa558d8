import ControlPlane
import FoundationEssentials
import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct OrganizationTests {
  @Test("an organization is reserved, told to its home, confirmed by it, and listed")
  func create() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let us = try await FakeRegion.joined(control, "us")
      let ada = try await control.person("ada@example.com")
      let made = try await control.post(
        "/api/v1/organizations", token: ada.token, ["slug": "acme", "name": "Acme", "region": "eu"])
      #expect(made.status == 202)
      #expect(try made.text("operation", "state") == "provisioning")
      let organization = try made.text("organization", "id")
      let operation = try made.text("operation", "id")
      #expect(made.headers[.location] == "/api/v1/operations/\(operation)")

      let held = try await eu.pullAll()
      let home = try #require(held[try Self.reference(ReplicatedModels.organizationHome, organization)])
      #expect(home.value("slug") == "acme")
      #expect(home.value("state") == "provisioning")
      let grant = try #require(home.value("creator_grant_id"))
      #expect(held[try Self.reference(ReplicatedModels.grant, grant)]?.value("role") == "owner")
      #expect(held[try Self.reference(ReplicatedModels.user, ada.id)]?.value("email") == "ada@example.com")
      #expect(held[try Self.reference(ReplicatedModels.userStatus, ada.id)]?.value("status") == "active")
      #expect(held.keys.contains { $0.kind == ReplicatedModels.tokenKey.kind })
      // The other region gets keys and its own descriptor, nothing else.
      let elsewhere = try await us.pullAll().filter { $0.value.fields != nil }.keys.map(\.kind)
      #expect(Set(elsewhere) == [ReplicatedModels.tokenKey.kind, ReplicatedModels.region.kind])

      let refused = try await eu.push([
        .init(ReplicatedModels.organization, organization, ["name": "Acme", "status": "active", "generation": "1"]),
        .init(ReplicatedModels.member, grant, ["organization_id": organization, "user_id": ada.id, "role": "owner"]),
      ])
      #expect(refused.isEmpty)
      let done = try await control.get("/api/v1/operations/\(operation)", token: ada.token)
      #expect(try done.text("operation", "state") == "done")
      let mine = try await control.get("/api/v1/organizations", token: ada.token)
      let first = try mine.json.field("organizations").array(maximum: 10)[0]
      #expect(try first.field("state").string() == "active")
      #expect(try first.field("role").string() == "owner")
      #expect(try first.field("region").string() == "eu")
    }
  }

  @Test("the same idempotency key returns the same operation, with another request it is refused, at once or later")
  func idempotency() async throws {
    try await withControl { control in
      _ = try await FakeRegion.joined(control, "eu")
      let ada = try await control.person("ada@example.com")
      let send: @Sendable (String) async throws -> Answer = { slug in
        try await control.send(
          .post, "/api/v1/organizations", token: ada.token, json: ["slug": .string(slug), "region": "eu"],
          headers: [("Idempotency-Key", "k1")])
      }
      async let a = send("acme")
      async let b = send("acme")
      let (first, second) = try await (a, b)
      #expect(first.status == 202)
      #expect(first.bytes == second.bytes)
      #expect(try await send("acme").bytes == first.bytes)
      let other = try await send("other")
      #expect(other.problem == "idempotency-key-reused")
      #expect(
        try await control.query("SELECT count(*) FROM directory.organization_home").only().decode(Int64.self) == 1)
    }
  }

  @Test("of two claims of one slug at once exactly one wins, and nothing of the loser stays")
  func slugRace() async throws {
    try await withControl { control in
      _ = try await FakeRegion.joined(control, "eu")
      let ada = try await control.person("ada@example.com")
      let bob = try await control.person("bob@example.com")
      let body: JSONValue = ["slug": "acme", "region": "eu"]
      async let first = control.post("/api/v1/organizations", token: ada.token, body)
      async let second = control.post("/api/v1/organizations", token: bob.token, body)
      let answers = try await [first, second]
      #expect(answers.map(\.status).sorted() == [202, 409])
      #expect(answers.compactMap(\.problem) == ["slug-taken"])
      for table in ["organization_home", "slug", "operation"] {
        let count = try await control.query("SELECT count(*) FROM directory.\(identifier: table)").only().decode(
          Int64.self)
        #expect(count == 1)
      }
    }
  }

  @Test(
    "slugs that are no DNS label, reserved, or read as ids are refused",
    arguments: [
      "", "-a", "a-", "ab--c", "ADMIN", "a b", "\u{E4}", "admin", "www", String(repeating: "a", count: 64), "a.b",
      "a_b",
    ])
  func badSlugs(slug: String) async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let answer = try await control.post(
        "/api/v1/organizations", token: ada.token, ["slug": .string(slug), "region": "eu"])
      #expect(answer.status == 422)
      #expect(answer.problem == "slug-invalid")
    }
  }

  @Test("a slug is claimed in one spelling, however it is written")
  func spellings() async throws {
    try await withControl { control in
      _ = try await FakeRegion.joined(control, "eu")
      let ada = try await control.person("ada@example.com")
      func create(_ slug: String) async throws -> Answer {
        try await control.post("/api/v1/organizations", token: ada.token, ["slug": .string(slug), "region": "eu"])
      }
      let made = try await create("AC\u{FF2D}E-1")
      #expect(made.status == 202)
      #expect(try made.text("organization", "slug") == "acme-1")
      for slug in ["acme-1", "Acme-1", "acm\u{FF45}-1"] {
        #expect(try await create(slug).problem == "slug-taken", "\(slug)")
      }
      for slug in ["\u{430}cme", "acm\u{E9}", "\u{212A}", "acme\u{2010}1", "acme\u{301}"] {
        #expect(try await create(slug).problem == "slug-invalid", "\(slug)")
      }
    }
  }

  @Test("an unknown region, one without an agent, and a request without a session are refused")
  func badRegion() async throws {
    try await withControl { control in
      let ada = try await control.person("ada@example.com")
      let path = "/api/v1/organizations"
      #expect(
        try await control.post(path, token: ada.token, ["slug": "a", "region": "eu"]).problem == "region-unknown")
      _ = try await control.region("eu")
      #expect(
        try await control.post(path, token: ada.token, ["slug": "a", "region": "eu"]).problem == "region-not-ready")
      #expect(try await control.post(path, ["slug": "a", "region": "eu"]).status == 401)
    }
  }

  @Test("an operation is its person's alone, and resuming tells the region again")
  func resume() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let ada = try await control.person("ada@example.com")
      let bob = try await control.person("bob@example.com")
      let made = try await control.post("/api/v1/organizations", token: ada.token, ["slug": "acme", "region": "eu"])
      let path = "/api/v1/operations/\(try made.text("operation", "id"))"
      _ = try await eu.pullAll()
      #expect(try await control.get(path, token: bob.token).status == 404)
      #expect(try await control.send(.post, path + "/resume", token: bob.token).status == 404)
      #expect(try await control.send(.post, path + "/resume", token: ada.token).status == 202)
      let again = try await eu.pullAll()
      #expect(again.keys.contains { $0.kind == ReplicatedModels.organizationHome.kind })
    }
  }

  @Test("only an owner changes the slug; the old one rests for others and is its owner's to take back")
  func rename() async throws {
    try await withControl { control in
      let world = try await World(control)
      let path = "/api/v1/organizations/\(world.organization)/slug"
      #expect(try await control.post(path, token: world.bob.token, ["slug": "bobs"]).status == 404)
      #expect(try await control.post(path, token: world.ada.token, ["slug": "admin"]).problem == "slug-invalid")
      #expect(try await control.post(path, token: world.ada.token, ["slug": "acme-2"]).status == 200)
      let held = try await world.eu.pullAll()
      #expect(
        held[try Self.reference(ReplicatedModels.organizationHome, world.organization)]?.value("slug") == "acme-2")
      let taken = try await control.post(
        "/api/v1/organizations", token: world.bob.token, ["slug": "acme", "region": "eu"])
      #expect(taken.problem == "slug-taken")
      #expect(try await control.post(path, token: world.ada.token, ["slug": "acme"]).status == 200)
      #expect(try await control.post(path, token: world.ada.token, ["slug": "acme-2"]).status == 200)
      control.clock.advance(91 * 86_400)
      let login = try await control.post(
        "/api/v1/login", ["email": "bob@example.com", "password": .string(ControlFixture.password)])
      let free = try await control.post(
        "/api/v1/organizations", token: try login.text("session_token"), ["slug": "acme", "region": "eu"])
      #expect(free.status == 202)
    }
  }

  @Test("an access token is for the organization's region, verifies with the replicated key, and needs a grant")
  func tokens() async throws {
    try await withControl { control in
      let world = try await World(control)
      let issued = try await control.post("/api/v1/tokens", token: world.ada.token, ["organization": "acme"])
      #expect(issued.status == 200)
      let held = try await world.eu.pullAll()
      let replicated = try #require(held.values.first { $0.row.kind == ReplicatedModels.tokenKey.kind })
      let key = try #require(
        TokenVerificationKey(x: replicated.value("x") ?? "", y: replicated.value("y") ?? ""))
      #expect(key.kid == replicated.row.key.text)
      let verifier = AccessTokenVerifier(region: try RegionName("eu"), keys: [key])
      let token = try verifier.verify(try issued.text("access_token"), now: control.environment.seconds)
      #expect(token.user.description == world.ada.id)
      #expect(token.organization?.description == world.organization)
      let elsewhere = AccessTokenVerifier(region: try RegionName("us"), keys: [key])
      #expect(throws: AccessTokenRefusal.audience) {
        try elsewhere.verify(try issued.text("access_token"), now: control.environment.seconds)
      }
      for organization in ["nope", "ACME", UUID().uuidString] {
        let refused = try await control.post(
          "/api/v1/tokens", token: world.ada.token, ["organization": .string(organization)])
        #expect(refused.status == 404)
      }
      #expect(try await control.post("/api/v1/tokens", token: world.bob.token, ["organization": "acme"]).status == 404)
    }
  }

  @Test("a next token key signs only after every active region has applied its announcement")
  func keyRotation() async throws {
    try await withControl { control in
      let world = try await World(control)
      let us = try await FakeRegion.joined(control, "us")
      _ = try await world.eu.pullAll()
      _ = try await us.pullAll()
      let asked = try await control.post("/api/v1/operator/token-keys", token: control.operatorToken, [:])
      #expect(asked.status == 202)
      let actor = try await control.query(
        "SELECT actor_kind FROM control.audit WHERE action = 'token_key.announce' ORDER BY id DESC LIMIT 1")
      #expect(try actor.only().decode(String.self) == "operator")
      try await control.server.maintenance.pass()
      #expect(try await Self.keyStates(control) == ["active", "next"])
      _ = try await world.eu.pullAll()
      try await control.server.maintenance.pass()
      #expect(try await Self.keyStates(control) == ["active", "next"])
      _ = try await us.pullAll()
      try await control.server.maintenance.pass()
      #expect(try await Self.keyStates(control) == ["active", "retiring"])
      control.clock.advance(3600)
      try await control.server.maintenance.pass()
      #expect(try await Self.keyStates(control) == ["active"])
    }
  }

  private static func keyStates(_ control: ControlFixture) async throws -> [String] {
    try await control.query("SELECT state FROM control.token_key ORDER BY state").decode(String.self)
  }

  static func reference(_ model: ReplicatedModel, _ key: String) throws -> RowReference {
    RowReference(kind: model.kind, key: try #require(RowKey(key)))
  }
}
