import FoundationEssentials
import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("Slugs that an organization gave up")
struct FormerSlugTests {
  /// What control sends of a rest; returns its id.
  private func receive(_ slug: String, of organization: OrganizationID, _ region: RegionFixture) async throws -> UUID {
    let id = UUID()
    try await region.client.execute(
      """
      INSERT INTO replica.former_slug (id, organization_id, slug, _generation, _epoch, _head)
      VALUES (\(id), \(organization.uuid), \(slug), 0, 1, 1)
      """)
    return id
  }

  @Test("lead to it at the region's own host, until control ends that or somebody else has the slug")
  func leads() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let token = try region.token(owner, id)
      let path = "/api/0/organizations/old/"
      let unknown = try await region.call(.get, path, token: token)
      #expect(unknown.status == 404)

      let rest = try await receive("old", of: id, region)
      let answer = try await region.call(.get, path, token: token)
      #expect(answer.status == 200)
      #expect(answer["id"] == .string(id.description))
      #expect(answer["slug"] == "acme")
      // Writes find it too, under the lock that they take.
      let team = try await region.call(
        .post, path + "teams/", token: token, body: ["slug": "core", "name": "Core"])
      #expect(team.status == 201)
      // A stranger learns nothing from it.
      let stranger = try await region.receiveUser()
      let hidden = try await region.call(.get, path, token: try region.token(stranger, id))
      #expect(hidden.status == unknown.status)
      #expect(hidden.json == unknown.json)

      let (other, heir, _) = try await region.organization(slug: "old")
      #expect(try await region.call(.get, path, token: token).status == 404)
      #expect(
        try await region.call(.get, path, token: try region.token(heir, other))["id"] == .string(other.description))

      try await region.client.execute("UPDATE replica.organization_home SET slug = 'new' WHERE id = \(other.uuid)")
      #expect(try await region.call(.get, path, token: token).status == 200)
      try await region.client.execute("DELETE FROM replica.former_slug WHERE id = \(rest)")
      #expect(try await region.call(.get, path, token: token).status == 404)
    }
  }

  @Test("reach the application under the organization's own id and slug")
  func application() async throws {
    try await WayInFixture.with { way in
      let (id, owner, _) = try await way.region.organization()
      _ = try await receive("old", of: id, way.region)
      let path = "/api/0/organizations/old/issues/"
      #expect(try await way.direct(.get, path, token: try way.region.token(owner, id)).status == 200)
      #expect(way.application.last?.path == path)
      #expect(try way.identity().text("org") == id.description)
      #expect(try way.identity().text("org_slug") == "acme")
    }
  }

  @Test("are forgotten by every process when control ends them")
  func announced() async throws {
    try await RegionFixture.with { region in
      let (id, _, _) = try await region.organization()
      for change: SQL in [
        "UPDATE replica.former_slug SET slug = 'older'", "DELETE FROM replica.former_slug",
      ] {
        _ = try await receive("old", of: id, region)
        let heard = try await region.client.withConnection { listener in
          try await listener.listen("atoll_knowledge")
          try await region.client.execute(change)
          return try await listener.nextNotification(within: .seconds(60))?.payload
        }
        #expect(heard == "o\(id)")
      }
    }
  }
}
