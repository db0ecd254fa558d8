import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("Teams, projects and keys")
struct ProjectAPITests {
  @Test("are made by admins with slugs of their own, and read by members")
  func makes() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let member = try await region.member(of: id, role: .member)
      let token = try region.token(owner, id)
      let memberToken = try region.token(member.user, id)
      for kind in ["teams", "projects"] {
        let base = "/api/0/organizations/acme/\(kind)"
        #expect(try await region.call(.post, base, token: memberToken, body: ["slug": "web"]).status == 403)
        #expect(try await region.call(.post, base, token: token, body: ["slug": "web"]).status == 201)
        #expect(try await region.call(.post, base, token: token, body: ["slug": "web"]).problem == "slug-taken")
        for slug in ["", "Web", "-a", "a-", "1234", "a_b", String(repeating: "a", count: 64)] {
          #expect(try await region.call(.post, base, token: token, body: ["slug": .string(slug)]).status == 400)
        }
        #expect(try await region.call(.get, base, token: memberToken).items.count == 1)
        var limits = OrganizationLimits()
        limits.teams = 1
        limits.projects = 1
        let full = try await region.call(.post, base, token: token, body: ["slug": "b"], limits: limits)
        #expect(full.problem == "too-many")
      }
    }
  }

  @Test("teams are renamed and deleted by admins only")
  func teams() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let member = try await region.member(of: id, role: .member)
      let token = try region.token(owner, id)
      let memberToken = try region.token(member.user, id)
      let path = "/api/0/organizations/acme/teams/core"
      _ = try await region.call(.post, "/api/0/organizations/acme/teams", token: token, body: ["slug": "core"])
      #expect(try await region.call(.put, path, token: memberToken, body: ["name": "x"]).status == 403)
      #expect(try await region.call(.put, path, token: token, body: ["name": "Core"])["name"] == "Core")
      #expect(try await region.call(.delete, path, token: memberToken).status == 403)
      #expect(try await region.call(.delete, path, token: token).status == 204)
      #expect(try await region.call(.get, path, token: token).status == 404)
    }
  }

  @Test("keys are random, switched off and on, and go with their project")
  func keys() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let member = try await region.member(of: id, role: .member)
      let token = try region.token(owner, id)
      let memberToken = try region.token(member.user, id)
      let project = "/api/0/projects/acme/web"
      _ = try await region.call(.post, "/api/0/organizations/acme/projects", token: token, body: ["slug": "web"])
      #expect(try await region.call(.post, project + "/keys", token: memberToken).status == 403)
      let key = try await region.call(.post, project + "/keys", token: token)
      #expect(try key.text("public_key").utf8.count == 32)
      let path = project + "/keys/" + (try key.text("id"))
      #expect(try await region.call(.put, path, token: memberToken, body: ["status": "disabled"]).status == 403)
      #expect(try await region.call(.put, path, token: token, body: ["status": "off"]).status == 400)
      #expect(try await region.call(.put, path, token: token, body: ["status": "disabled"])["status"] == "disabled")
      #expect(try await region.call(.get, project + "/keys", token: memberToken).items.count == 1)
      #expect(try await region.call(.delete, project + "/keys/\(ProjectKeyID.new())", token: token).status == 404)
      #expect(try await region.call(.delete, path, token: memberToken).status == 403)
      #expect(try await region.call(.put, project, token: token, body: ["name": "Web"])["name"] == "Web")
      #expect(try await region.call(.delete, project, token: memberToken).status == 403)
      #expect(try await region.call(.delete, project, token: token).status == 204)
      #expect(try await region.count("region.project_key") == 0)
      #expect(try await region.call(.get, project, token: token).status == 404)
    }
  }
}
