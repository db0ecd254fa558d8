import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct ProjectKeyTests {
  private static let key = "0123456789abcdef0123456789abcdef"
  private static let other = "fedcba9876543210fedcba9876543210"

  /// Acme in eu, globex in us; both claim keys as their regions say.
  private struct Two: Sendable {
    let world: World
    let us: FakeRegion
    let globex: String

    init(_ control: ControlFixture) async throws {
      world = try await World(control)
      us = try await FakeRegion.joined(control, "us")
      globex = try await World.organization("globex", of: world.ada.token, at: us, control).id
    }
  }

  private func row(
    _ organization: String, _ publicKey: String, id: String, status: String = "active"
  ) -> RowImage.Draft {
    .init(
      ReplicatedModels.projectKey, id,
      [
        "organization_id": organization, "project_id": "01890000-0000-7000-8000-000000000001",
        "public_key": publicKey, "status": status,
      ])
  }

  private func id() -> String { UUID().uuidString.lowercased() }

  @Test("the second claim of a key waits in quarantine, alarmed, and gets the key when its owner releases it")
  func release() async throws {
    try await withControl(asService: true) { control in
      let two = try await Two(control)
      let (first, second) = (id(), id())
      #expect(try await two.world.eu.push([row(two.world.organization, Self.key, id: first)]).isEmpty)
      let refused = try await two.us.push([row(two.globex, Self.key, id: second)])
      #expect(refused.values.map { $0 } == ["KEY_OWNED"])
      let path = "/api/v1/operator/project-keys/\(Self.key)"
      let look = try await control.get(path, token: control.operatorToken)
      #expect(try look.text("owner", "slug") == "acme")
      #expect(
        try look.json.field("claimants").array(maximum: 9).map { try $0.field("organization").string() } == [two.globex]
      )
      let alarms = try await control.query(
        "SELECT count(*) FROM control.audit WHERE alarm AND action = 'project_key.owned'"
      ).only().decode(Int64.self)
      #expect(alarms == 1)

      #expect(try await two.world.eu.push([.init(ReplicatedModels.projectKey, first, nil)]).isEmpty)
      _ = try await control.server.follower.pass()
      #expect(control.server.map.projectKey(Self.key)?.organization.description == two.globex)
      #expect(
        try await control.query("SELECT count(*) FROM outbox.quarantine").only().decode(Int64.self) == 0)
    }
  }

  @Test("an operator moves a key to whom claims it, and to nobody else")
  func move() async throws {
    try await withControl(asService: true) { control in
      let two = try await Two(control)
      let first = id()
      #expect(try await two.world.eu.push([row(two.world.organization, Self.key, id: first)]).isEmpty)
      let path = "/api/v1/operator/project-keys/\(Self.key)"
      let token = control.operatorToken
      #expect(
        try await control.post(path + "/move", token: token, ["organization": .string(two.globex)]).problem
          == "no-such-claim")
      #expect(try await control.get(path, token: token).text("owner", "slug") == "acme")
      #expect(try await two.us.push([row(two.globex, Self.key, id: id())]).count == 1)
      let moved = try await control.post(path + "/move", token: token, ["organization": .string(two.globex)])
      #expect(try moved.text("owner", "slug") == "globex")
      // The old owner's word is now the second claim.
      let refused = try await two.world.eu.push([row(two.world.organization, Self.key, id: first, status: "disabled")])
      #expect(refused.values.map { $0 } == ["KEY_OWNED"])
      #expect(try await control.post(path + "/release", token: token, [:]).text("owner", "slug") == "acme")
      for bad in ["x", Self.key.uppercased(), Self.other] {
        #expect(try await control.get("/api/v1/operator/project-keys/\(bad)", token: token).status == 404)
        #expect(try await control.post("/api/v1/operator/project-keys/\(bad)/release", token: token, [:]).status == 404)
      }
    }
  }

  @Test("a row that gets another public key owns that one, and the former is free for whoever waits for it")
  func rekey() async throws {
    try await withControl { control in
      let two = try await Two(control)
      let first = id()
      #expect(try await two.world.eu.push([row(two.world.organization, Self.key, id: first)]).isEmpty)
      #expect(try await two.us.push([row(two.globex, Self.key, id: id())]).count == 1)
      #expect(try await two.world.eu.push([row(two.world.organization, Self.other, id: first)]).isEmpty)
      _ = try await control.server.follower.pass()
      let map = control.server.map
      #expect(map.projectKey(Self.other)?.organization.description == two.world.organization)
      #expect(map.projectKey(Self.key)?.organization.description == two.globex)
      // One that is another's is refused, and the row keeps what it has.
      #expect(try await two.world.eu.push([row(two.world.organization, Self.key, id: first)]).count == 1)
      _ = try await control.server.follower.pass()
      #expect(map.projectKey(Self.other)?.organization.description == two.world.organization)
      #expect(map.projectKey(Self.key)?.organization.description == two.globex)
    }
  }

  @Test("a region's word about another's organization is refused, quarantined and alarmed once")
  func foreignWord() async throws {
    try await withControl(asService: true) { control in
      let two = try await Two(control)
      let key = id()
      for _ in 0..<2 {
        let refused = try await two.us.push([row(two.world.organization, Self.key, id: key)])
        #expect(refused.values.map { $0 } == ["NOT_HOME"])
      }
      let alarms = try await control.query(
        "SELECT actor, subject FROM control.audit WHERE alarm AND action = 'region.foreign_word'"
      ).decode((String, String).self)
      #expect(alarms.map { $0.1 } == ["project_key/\(key)"])
      let words = try await control.query("SELECT words FROM directory.foreign_word").decode(Int64.self)
      #expect(words == [2])
      #expect(
        try await control.query("SELECT count(*) FROM outbox.quarantine").only().decode(Int64.self) == 1)
    }
  }

  @Test("a row's id in another spelling is refused, and changes neither another's key nor another's membership")
  func spelling() async throws {
    try await withControl(asService: true) { control in
      let two = try await Two(control)
      let first = id()
      #expect(try await two.world.eu.push([row(two.world.organization, Self.key, id: first)]).isEmpty)
      let hostile: [RowImage.Draft] = [
        .init(ReplicatedModels.projectKey, first.uppercased(), nil),
        row(two.globex, Self.other, id: first.uppercased()),
        .init(ReplicatedModels.member, two.world.grant.uppercased(), nil),
      ]
      for draft in hostile {
        #expect(try await two.us.push([draft]).values.map { $0 } == ["BAD_ROW"])
      }
      _ = try await control.server.follower.pass()
      #expect(control.server.map.projectKey(Self.key)?.organization.description == two.world.organization)
      #expect(control.server.map.projectKey(Self.other) == nil)
      let isLive = try await control.query(
        "SELECT state = 'live' FROM directory.\"grant\" WHERE id = \(two.world.grant)::text::uuid"
      ).only().decode(Bool.self)
      #expect(isLive)
    }
  }

  @Test(
    "where several organizations wait for a key that becomes free nobody gets it until an operator says whose it is")
  func several() async throws {
    try await withControl { control in
      let two = try await Two(control)
      let initech = try await World.organization("initech", of: two.world.ada.token, at: two.us, control).id
      let first = id()
      #expect(try await two.world.eu.push([row(two.world.organization, Self.key, id: first)]).isEmpty)
      #expect(try await two.us.push([row(two.globex, Self.key, id: id())]).count == 1)
      #expect(try await two.us.push([row(initech, Self.key, id: id())]).count == 1)
      #expect(try await two.world.eu.push([.init(ReplicatedModels.projectKey, first, nil)]).isEmpty)
      _ = try await control.server.follower.pass()
      #expect(control.server.map.projectKey(Self.key) == nil)
      let path = "/api/v1/operator/project-keys/\(Self.key)"
      let look = try await control.get(path, token: control.operatorToken)
      #expect(try look.json.field("claimants").array(maximum: 9).count == 2)
      let moved = try await control.post(
        path + "/move", token: control.operatorToken, ["organization": .string(initech)])
      #expect(try moved.text("owner", "slug") == "initech")
    }
  }
}
