import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import ControlPlane

@Suite struct DirectoryFollowerTests {
  private static let key = "00112233445566778899aabbccddeeff"

  @Test("a map follows what control commits: new organizations, renames, keys and regions, and their end")
  func follow() async throws {
    try await withControl(asService: true) { control in
      let world = try await World(control)
      let map = control.server.map
      #expect(!map.isLoaded)
      var position = try await control.server.follower.pass()
      #expect(map.isLoaded)
      let found = try #require(map.organization(slug: "acme"))
      #expect(found.id.description == world.organization)
      #expect(found.state == .active)
      #expect(map.region(found.region)?.url == "https://eu.example.com")

      let renamed = try await control.post(
        "/api/v1/organizations/\(world.organization)/slug", token: world.ada.token, ["slug": "acme-2"])
      #expect(renamed.status == 200)
      let (project, id) = (UUID().uuidString.lowercased(), UUID().uuidString.lowercased())
      let fields = [
        "organization_id": world.organization, "project_id": project, "public_key": Self.key, "status": "active",
      ]
      #expect(try await world.eu.push([.init(ReplicatedModels.projectKey, id, fields)]).isEmpty)
      #expect(map.organization(slug: "acme-2") == nil)
      position = try await control.server.follower.pass(after: position)
      #expect(map.organization(slug: "acme-2")?.id == found.id)
      #expect(map.organization(slug: "acme")?.isAlias == true)
      #expect(map.projectKey(Self.key)?.project == UUID(uuidString: project))
      #expect(map.projectKey(Self.key)?.isActive == true)

      let disabled = fields.merging(["status": "disabled"]) { $1 }
      #expect(try await world.eu.push([.init(ReplicatedModels.projectKey, id, disabled)]).isEmpty)
      _ = try await FakeRegion.joined(control, "us")
      position = try await control.server.follower.pass(after: position)
      #expect(map.projectKey(Self.key)?.isActive == false)
      #expect(map.region(hostLabel: "us") != nil)

      #expect(try await world.eu.push([.init(ReplicatedModels.projectKey, id, nil)]).isEmpty)
      position = try await control.server.follower.pass(after: position)
      #expect(map.projectKey(Self.key) == nil)
      let unchanged = try await control.server.follower.pass(after: position)
      #expect(unchanged.epoch == position.epoch)
    }
  }

  @Test("a change is not lost that was made before a reading and committed after it")
  func lateCommit() async throws {
    try await withControl { control in
      let world = try await World(control)
      let map = control.server.map
      var position = try await control.server.follower.pass()
      try await control.environment.database.client.withTransaction { open in
        let id = try #require(UUID(uuidString: world.organization))
        try await open.execute("UPDATE directory.organization_home SET generation = 2 WHERE id = \(id)")
        // Younger than the open transaction, and committed before it.
        #expect(
          try await control.post("/api/v1/organizations", token: world.ada.token, ["slug": "later", "region": "eu"])
            .status == 202)
        position = try await control.server.follower.pass(after: position)
        #expect(map.organization(slug: "later") != nil)
        #expect(map.organization(slug: "acme")?.generation == 1)
      }
      position = try await control.server.follower.pass(after: position)
      #expect(map.organization(slug: "acme")?.generation == 2)
    }
  }

  @Test("where changes were pruned, or the database lives another life, everything is read again and what is gone goes")
  func gap() async throws {
    try await withControl { control in
      let world = try await World(control)
      let map = control.server.map
      var position = try await control.server.follower.pass()
      var stray = DirectoryChanges()
      stray.slugs = [.init("stray", of: try #require(OrganizationID(world.organization)))]
      map.apply(stray)
      position = try await control.server.follower.pass(after: position)
      #expect(map.organization(slug: "stray") != nil)
      try await control.environment.database.client.execute("UPDATE directory.change_floor SET xid = '999999999'")
      _ = try await control.server.follower.pass(after: position)
      #expect(map.organization(slug: "stray") == nil)
      #expect(map.organization(slug: "acme") != nil)
      try await control.environment.database.client.execute("UPDATE directory.change_floor SET xid = '1'")
      map.apply(stray)
      position = DirectoryPosition(epoch: "another", snapshot: position.snapshot)
      _ = try await control.server.follower.pass(after: position)
      #expect(map.organization(slug: "stray") == nil)
      #expect(map.organization(slug: "acme") != nil)
    }
  }

  @Test("a follower rests longer only when asking has become slow for good, or everything is read again and again")
  func pace() {
    var pace = FollowerPace()
    #expect(pace.rest(after: .zero, everything: .seconds(20)) == .milliseconds(100))
    #expect(pace.rest(after: .milliseconds(2), everything: nil) == .milliseconds(100))
    #expect(pace.rest(after: .milliseconds(240), everything: nil) == .milliseconds(100), "once is chance")
    #expect(pace.rest(after: .milliseconds(2), everything: nil) == .milliseconds(100))
    #expect(pace.rest(after: .milliseconds(30), everything: nil) == .milliseconds(100))
    #expect(pace.rest(after: .milliseconds(50), everything: nil) == .milliseconds(300))
    #expect(pace.rest(after: .seconds(2), everything: nil) == .milliseconds(500))
    #expect(pace.rest(after: .seconds(2), everything: nil) == .seconds(5))
    #expect(pace.rest(after: .milliseconds(1), everything: .milliseconds(200)) == .milliseconds(100))
    #expect(pace.rest(after: .milliseconds(1), everything: .milliseconds(300)) == .seconds(2), "again and again")
    #expect(pace.rest(after: .milliseconds(1), everything: nil) == .milliseconds(100))
  }
}
