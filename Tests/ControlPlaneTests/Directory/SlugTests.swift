import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct SlugTests {
  /// Ada owns acme and globex; both are confirmed.
  private struct Two: Sendable {
    let world: World
    let globex: String

    init(_ control: ControlFixture) async throws {
      world = try await World(control)
      let (id, grant) = try await World.organization("globex", of: world.ada.token, at: world.eu, control)
      globex = id
      let refused = try await world.eu.push([
        .init(ReplicatedModels.member, grant, ["organization_id": id, "user_id": world.ada.id, "role": "owner"])
      ])
      #expect(refused.isEmpty)
    }
  }

  /// Every slug has one owner, each organization one slug in use, and both tables say the same.
  private func expectWhole(_ control: ControlFixture) async throws {
    let broken = try await control.query(
      """
      SELECT h.id FROM directory.organization_home h
      WHERE h.state <> 'deleting' AND NOT EXISTS (
        SELECT FROM directory.slug s WHERE s.slug = h.slug AND s.organization_id = h.id AND s.state = 'current')
      """)
    #expect(broken.isEmpty)
  }

  @Test("of 50 claimants of one slug at once exactly one wins, and the others are refused although the winner is slow")
  func claimants() async throws {
    try await withControl { control in
      _ = try await FakeRegion.joined(control, "eu")
      let ada = try await control.person("ada@example.com")
      let statuses = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
        for number in 0..<50 {
          group.addTask {
            let answer = try await control.send(
              .post, "/api/v1/organizations", token: ada.token, json: ["slug": "acme", "region": "eu"],
              headers: [("Idempotency-Key", "claim-\(number)")])
            return (answer.status, answer.problem)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.count { $0.0 == 202 } == 1)
      #expect(statuses.count { $0.0 == 409 && $0.1 == "slug-taken" } == 49)
      #expect(
        try await control.query("SELECT count(*) FROM directory.organization_home").only().decode(Int64.self) == 1)

      // Whoever claims while another's claim is not committed does not wait for it.
      let slow = OrganizationID(UUID())
      try await control.environment.database.withTransaction { open in
        let slug = try OrganizationSlug("slow")
        #expect(try await SlugStore.claim(slug, for: slow, now: control.clock.now, on: open))
        let answer = try await control.post(
          "/api/v1/organizations", token: ada.token, ["slug": "slow", "region": "eu"])
        #expect(answer.problem == "slug-taken")
        try await open.execute("DELETE FROM directory.slug WHERE slug = 'slow'")
      }
      #expect(
        try await control.post("/api/v1/organizations", token: ada.token, ["slug": "slow", "region": "eu"]).status
          == 202)
      try await expectWhole(control)
    }
  }

  @Test("a rename is an operation that ends when the region has it, and the same key gives the same one")
  func rename() async throws {
    try await withControl(asService: true) { control in
      let world = try await World(control)
      _ = try await world.eu.pullAll()
      let path = "/api/v1/organizations/\(world.organization)/slug"
      func rename(_ slug: String) async throws -> Answer {
        try await control.send(
          .post, path, token: world.ada.token, json: ["slug": .string(slug)], headers: [("Idempotency-Key", "r1")])
      }
      let renamed = try await rename("acme-2")
      #expect(renamed.status == 200)
      let operation = try renamed.text("operation", "id")
      #expect(try renamed.text("operation", "state") == "propagating")
      #expect(try await rename("acme-2").text("operation", "id") == operation)
      #expect(try await rename("acme-3").problem == "idempotency-key-reused")
      let look = "/api/v1/operations/\(operation)"
      #expect(try await control.get(look, token: world.bob.token).status == 404)
      #expect(try await control.get(look, token: world.ada.token).text("operation", "state") == "propagating")
      _ = try await control.send(.post, look + "/resume", token: world.ada.token)
      // Twice: a cursor that comes with a pull acknowledges what the one before brought.
      for _ in 0..<2 {
        try await control.sequence()
        _ = try await world.eu.pullAll()
      }
      let done = try await control.get(look, token: world.ada.token)
      #expect(try done.text("operation", "state") == "done")
      #expect(try done.text("operation", "kind") == "rename_organization")
      #expect(try done.text("organization", "slug") == "acme-2")
      try await expectWhole(control)
    }
  }

  @Test("two organizations swap their slugs at one instant; only an owner of both may, and nothing rests")
  func swap() async throws {
    try await withControl(asService: true) { control in
      let two = try await Two(control)
      let world = two.world
      let path = "/api/v1/organizations/\(world.organization)/slug/swap"
      let swapped = try await control.post(path, token: world.ada.token, ["organization": .string(two.globex)])
      #expect(swapped.status == 200)
      #expect(try swapped.text("slug") == "globex")
      let rows = try await control.query(
        "SELECT slug, organization_id::text, state FROM directory.slug ORDER BY slug"
      ).decode((String, String, String).self)
      #expect(
        rows.map { "\($0) \($1) \($2)" } == ["acme \(two.globex) current", "globex \(world.organization) current"])
      try await expectWhole(control)
      #expect(
        try await control.post(path, token: world.bob.token, ["organization": .string(two.globex)]).status == 404)
      #expect(
        try await control.post(path, token: world.ada.token, ["organization": .string(world.organization)]).problem
          == "swap-invalid")
      let stranger = try await World.organization("bobs", of: world.bob.token, at: world.eu, control)
      #expect(
        try await control.post(path, token: world.ada.token, ["organization": .string(stranger.id)]).status == 404)
      try await expectWhole(control)
    }
  }

  @Test("renames and swaps of the same organizations at once leave each slug one owner")
  func race() async throws {
    try await withControl { control in
      let two = try await Two(control)
      let world = two.world
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<12 {
          group.addTask {
            let (first, second) = number % 2 == 0 ? (world.organization, two.globex) : (two.globex, world.organization)
            let answer =
              number % 3 == 0
              ? try await control.post(
                "/api/v1/organizations/\(first)/slug", token: world.ada.token, ["slug": .string("name-\(number % 4)")])
              : try await control.post(
                "/api/v1/organizations/\(first)/slug/swap", token: world.ada.token, ["organization": .string(second)])
            #expect([200, 409].contains(answer.status), "\(answer.status) \(answer.problem ?? "")")
          }
        }
        try await group.waitForAll()
      }
      try await expectWhole(control)
    }
  }

  @Test("an organization keeps a bounded number of former slugs, and its own it may take back")
  func aliases() async throws {
    var limits = ControlLimits()
    limits.slugAliases = 2
    try await withControl(limits: limits) { control in
      let world = try await World(control)
      let path = "/api/v1/organizations/\(world.organization)/slug"
      for slug in ["b", "c", "b"] {
        #expect(try await control.post(path, token: world.ada.token, ["slug": .string(slug)]).status == 200)
      }
      #expect(try await control.post(path, token: world.ada.token, ["slug": "d"]).problem == "too-many-aliases")
      let slugs = try await control.get(path + "s", token: world.ada.token).json.field("slugs").array(maximum: 9)
      #expect(try slugs.map { try $0.field("slug").string() + " " + $0.field("state").string() }.first == "b current")
      #expect(slugs.count == 3)
      #expect(try await control.get(path + "s", token: world.bob.token).status == 404)
      control.clock.advance(91 * 86_400)
      try await control.server.maintenance.pass()
      #expect(try await control.query("SELECT slug FROM directory.slug").decode(String.self) == ["b"])
      try await expectWhole(control)
    }
  }

  @Test("a region holds the former slugs of its organizations for as long as they lead to them, and no other's")
  func formerSlugs() async throws {
    try await withControl(asService: true) { control in
      let two = try await Two(control)
      let world = two.world
      let us = try await FakeRegion.joined(control, "us")
      var held: [RowReference: RowImage] = [:]
      func former() async throws -> [String] {
        held.merge(try await world.eu.pullAll()) { $1 }
        return held.values.filter { $0.row.kind == ReplicatedModels.formerSlug.kind && $0.fields != nil }
          .map { "\($0.value("slug") ?? "") \($0.value("organization_id") == world.organization)" }.sorted()
      }
      let path = "/api/v1/organizations/\(world.organization)/slug"
      func rename(_ slug: String) async throws {
        #expect(try await control.post(path, token: world.ada.token, ["slug": .string(slug)]).status == 200)
      }
      #expect(try await former() == [])
      try await rename("b")
      #expect(try await former() == ["acme true"])
      // Taken back; the other rests instead.
      try await rename("acme")
      #expect(try await former() == ["b true"])
      #expect(
        try await control.post(path + "/swap", token: world.ada.token, ["organization": .string(two.globex)]).status
          == 200)
      #expect(try await former() == ["b true"])
      #expect(
        try await control.send(.post, "/api/v1/operator/slugs/b/free", token: control.operatorToken).status == 200)
      #expect(try await former() == [])
      try await rename("c")
      #expect(try await former() == ["globex true"])
      control.clock.advance(91 * 86_400)
      try await control.server.maintenance.pass()
      #expect(try await former() == [])
      // Pulled once more, they are known to be gone and kept nowhere.
      for _ in 0..<2 { #expect(try await former() == []) }
      #expect(
        try await control.query("SELECT count(*) FROM directory.former_slug").only().decode(Int64.self) == 0)
      let elsewhere = try await us.pullAll()
      #expect(!elsewhere.keys.contains { $0.kind == ReplicatedModels.formerSlug.kind })
    }
  }

  @Test("operators look at slugs, reserve them, end a rest, rename and swap; each deed is in the audit log")
  func operators() async throws {
    try await withControl(asService: true) { control in
      let two = try await Two(control)
      let token = control.operatorToken
      func send(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> Answer {
        try await control.send(
          method == "GET" ? .get : method == "PUT" ? .put : method == "DELETE" ? .delete : .post,
          "/api/v1/operator/slugs/\(path)", token: token, json: body)
      }
      #expect(try await send("PUT", "initech/reservation", ["reason": "a brand"]).text("state") == "reserved")
      #expect(try await send("PUT", "initech/reservation", [:]).problem == "slug-reserved")
      #expect(try await send("PUT", "admin/reservation", [:]).problem == "slug-invalid")
      let refused = try await control.post(
        "/api/v1/organizations", token: two.world.ada.token, ["slug": "initech", "region": "eu"])
      #expect(refused.problem == "slug-taken")
      #expect(try await send("DELETE", "initech/reservation").text("state") == "free")
      #expect(try await send("DELETE", "initech/reservation").status == 404)

      #expect(
        try await send("POST", "acme/rename", ["to": "initech"]).text("operation", "kind") == "rename_organization")
      #expect(try await send("GET", "acme").text("state") == "resting")
      #expect(try await send("GET", "acme").text("holding", "current") == "initech")
      #expect(try await send("POST", "acme/swap", ["with": "globex"]).problem == "swap-invalid")
      #expect(try await send("POST", "acme/free").text("state") == "free")
      #expect(try await send("POST", "acme/free").status == 404)
      #expect(try await send("POST", "nobody/rename", ["to": "x"]).status == 404)
      let swapped = try await send("POST", "initech/swap", ["with": "globex"])
      #expect(try swapped.text("organization", "slug") == "globex")
      let operation = try swapped.text("operation", "id")
      #expect(try await control.get("/api/v1/operator/operations/\(operation)", token: token).status == 200)
      try await expectWhole(control)
      let audited = try await control.query(
        "SELECT DISTINCT action FROM control.audit WHERE actor_kind = 'operator'"
      ).decode(String.self)
      for action in ["slug.reserve", "slug.unreserve", "slug.free", "organization.rename", "organization.swap_slug"] {
        #expect(audited.contains(action))
      }
    }
  }
}
