import Outbox
import ControlPlane
import FoundationEssentials
import Postgres
import Silo
import SyncProtocol
import Testing

/// A region may only speak about organizations whose home it is, and its word never widens its own interest.
@Suite struct AuthorizationTests {
  @Test("a region that claims 10 000 strangers as members of its own organization receives no row of them")
  func strangers() async throws {
    try await withControl { control in
      let world = try await World(control)
      try await control.environment.database.client.execute(
        """
        WITH made AS (
          INSERT INTO control."user" (id, name, email, email_key)
          SELECT gen_random_uuid(), 'victim', 'v' || n || '@example.com', 'v' || n || '@example.com'
          FROM generate_series(1, 10000) n RETURNING id)
        INSERT INTO control.user_status (id, status, epoch) SELECT id, 'active', 0 FROM made
        """)
      let victims = try await control.query("SELECT id::text FROM control.\"user\" WHERE name = 'victim'").decode(
        String.self)
      _ = try await world.eu.pullAll()
      let claims = victims.map { victim in
        RowImage.Draft(
          ReplicatedModels.member, UUID().uuidString.lowercased(),
          ["organization_id": world.organization, "user_id": victim, "role": "member"])
      }
      for start in stride(from: 0, to: claims.count, by: 1000) {
        _ = try await world.eu.push(Array(claims[start..<start + 1000]))
      }
      let quarantined = try await control.query(
        "SELECT count(*) FROM outbox.quarantine WHERE kind = 'member' AND code = 'NO_GRANT'"
      ).only().decode(Int64.self)
      #expect(quarantined == 10_000)
      #expect(try await control.query("SELECT count(*) FROM directory.member").only().decode(Int64.self) == 1)
      #expect(try await world.interests().count == 2)
      let held = try await world.eu.pullAll().values.filter { $0.fields != nil }
      let people = Set(
        held.filter { [ReplicatedModels.user.kind, ReplicatedModels.userStatus.kind].contains($0.row.kind) }
          .map(\.row.key.text))
      #expect(people.isSubset(of: [world.ada.id]))
      let mine = try await control.get("/api/v1/organizations", token: world.bob.token)
      #expect(try mine.json.field("organizations").array(maximum: 10).isEmpty)
    }
  }

  @Test("a member row needs a live grant of the same person and organization")
  func grants() async throws {
    try await withControl { control in
      let world = try await World(control)
      let key = UUID().uuidString.lowercased()
      let stranger = RowImage.Draft(
        ReplicatedModels.member, key, ["organization_id": world.organization, "user_id": world.bob.id, "role": "owner"])
      #expect(Array(try await world.eu.push([stranger]).values) == ["NO_GRANT"])
      let stolen = RowImage.Draft(
        ReplicatedModels.member, world.grant,
        ["organization_id": world.organization, "user_id": world.bob.id, "role": "owner"])
      #expect(Array(try await world.eu.push([stolen]).values) == ["NO_GRANT"])
    }
  }

  @Test("a region cannot speak about another region's organization, in any kind")
  func otherHome() async throws {
    try await withControl { control in
      let world = try await World(control)
      let us = try await FakeRegion.joined(control, "us")
      let id = { UUID().uuidString.lowercased() }
      let organization = world.organization
      let rows: [RowImage.Draft] = [
        .init(ReplicatedModels.organization, organization, ["name": "Mine", "status": "deleted", "generation": "1"]),
        .init(
          ReplicatedModels.member, world.grant,
          ["organization_id": organization, "user_id": world.ada.id, "role": "member"]),
        .init(
          ReplicatedModels.invitation, id(),
          [
            "organization_id": organization, "email": "bob@example.com", "role": "owner",
            "token_digest": String(repeating: "0", count: 64), "expires_at": "2099-01-01", "state": "pending",
          ]),
        .init(ReplicatedModels.team, id(), ["organization_id": organization, "slug": "t", "name": "T"]),
        .init(ReplicatedModels.project, id(), ["organization_id": organization, "slug": "p", "name": "P"]),
        .init(
          ReplicatedModels.projectKey, id(),
          [
            "organization_id": organization, "project_id": id(), "public_key": String(repeating: "a", count: 32),
            "status": "active",
          ]),
      ]
      let refused = try await us.push(rows)
      #expect(refused.count == rows.count)
      #expect(Set(refused.values) == ["NOT_HOME"])
      let removes = [
        RowImage.Draft(ReplicatedModels.member, world.grant, nil),
        .init(ReplicatedModels.organization, organization, nil),
      ]
      #expect(Set(try await us.push(removes).values) == ["NOT_HOME"])
      #expect(try await world.liveGrant(of: world.ada.id) == world.grant)
      let mine = try await control.get("/api/v1/organizations", token: world.ada.token)
      #expect(try mine.json.field("organizations").array(maximum: 10)[0].field("name").string() == "acme")
    }
  }

  @Test("a row that is another's is not taken over by naming one's own organization")
  func takeover() async throws {
    try await withControl { control in
      let world = try await World(control)
      let us = try await FakeRegion.joined(control, "us")
      let own = try await World.organization("bobs", of: world.bob.token, at: us, control)
      let team = UUID().uuidString.lowercased()
      let fields: [String: String?] = ["organization_id": world.organization, "slug": "t", "name": "T"]
      #expect(try await world.eu.push([.init(ReplicatedModels.team, team, fields)]).isEmpty)
      let stolen = RowImage.Draft(
        ReplicatedModels.team, team, ["organization_id": own.id, "slug": "t", "name": "Stolen"], generation: 1)
      #expect(Array(try await us.push([stolen]).values) == ["NOT_HOME"])
      #expect(Array(try await us.push([.init(ReplicatedModels.team, team, nil)]).values) == ["NOT_HOME"])
      #expect(try await control.query("SELECT name FROM directory.team").decode(String.self) == ["T"])
    }
  }

  @Test("another generation, a missing field and a key that is no id are refused row by row; the lane goes on")
  func badRows() async throws {
    try await withControl { control in
      let world = try await World(control)
      let fields: [String: String?] = ["organization_id": world.organization, "slug": "t", "name": "T"]
      let good = UUID().uuidString.lowercased()
      let stale = UUID().uuidString.lowercased()
      let thin = UUID().uuidString.lowercased()
      let refused = try await world.eu.push([
        .init(ReplicatedModels.team, good, fields), .init(ReplicatedModels.team, stale, fields, generation: 2),
        .init(ReplicatedModels.team, thin, ["organization_id": world.organization]),
        .init(ReplicatedModels.team, "not-an-id", fields),
      ])
      let codes = Dictionary(uniqueKeysWithValues: refused.map { ($0.key.key.text, $0.value) })
      #expect(codes[stale] == "STALE_GENERATION")
      #expect(codes[thin] == "BAD_ROW")
      #expect(codes["not-an-id"] == "BAD_ROW")
      #expect(codes[good] == nil)
      #expect(try await control.query("SELECT id::text FROM directory.team").decode(String.self) == [good])
    }
  }

  @Test("a value that the column refuses is quarantined alone")
  func badValue() async throws {
    try await withControl { control in
      let world = try await World(control)
      let good = UUID().uuidString.lowercased()
      let bad = UUID().uuidString.lowercased()
      let key = { (text: String) -> [String: String?] in
        [
          "organization_id": world.organization, "project_id": good, "public_key": text, "status": "active",
        ]
      }
      let refused = try await world.eu.push([
        .init(ReplicatedModels.team, good, ["organization_id": world.organization, "slug": "s", "name": "n"]),
        .init(ReplicatedModels.projectKey, bad, key("NOT HEX")),
        .init(ReplicatedModels.projectKey, good, key(String(repeating: "b", count: 32))),
      ])
      #expect(refused.count == 1)
      #expect(refused.first?.key.key.text == bad)
      #expect(try await control.query("SELECT id::text FROM directory.project_key").decode(String.self) == [good])
    }
  }

  @Test("a project key has one owner over all regions; a second claim is quarantined and alarmed; release frees it")
  func keyOwner() async throws {
    try await withControl { control in
      let world = try await World(control)
      let us = try await FakeRegion.joined(control, "us")
      let own = try await World.organization("bobs", of: world.bob.token, at: us, control)
      let publicKey = String(repeating: "c", count: 32)
      let first = UUID().uuidString.lowercased()
      let second = UUID().uuidString.lowercased()
      let row = { (organization: String) -> [String: String?] in
        ["organization_id": organization, "project_id": first, "public_key": publicKey, "status": "active"]
      }
      #expect(try await world.eu.push([.init(ReplicatedModels.projectKey, first, row(world.organization))]).isEmpty)
      let claim = RowImage.Draft(ReplicatedModels.projectKey, second, row(own.id))
      #expect(Array(try await us.push([claim]).values) == ["KEY_OWNED"])
      _ = try await us.push([claim])
      let alarms = try await control.query("SELECT count(*) FROM control.audit WHERE alarm").only().decode(Int64.self)
      #expect(alarms == 1)
      #expect(try await world.eu.push([.init(ReplicatedModels.projectKey, first, nil)]).isEmpty)
      #expect(try await us.push([claim]).isEmpty)
    }
  }
}
