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

  @Test("have a DSN with the project's number, which never changes and is nobody else's")
  func numbers() async throws {
    try await RegionFixture.with { region in
      try await region.receiveSite("https://eu.example.com:8443")
      let (id, owner, _) = try await region.organization()
      let token = try region.token(owner, id)
      let projects = "/api/0/organizations/acme/projects"
      let web = try await region.call(.post, projects, token: token, body: ["slug": "web"])
      let number = try web.text("number")
      #expect(number.utf8.count == 16)
      #expect(Int64(number).flatMap { ProjectNumber($0) } != nil)
      let other = try await region.call(.post, projects, token: token, body: ["slug": "other"])
      #expect(try other.text("number") != number)
      let key = try await region.call(
        .post, "/api/0/projects/acme/web/keys", token: token, body: ["name": "Browser"])
      #expect(try key.text("project_number") == number)
      #expect(key["name"] == "Browser")
      #expect(try key.text("dsn") == "https://\(try key.text("public_key"))@eu.example.com:8443/\(number)")
      await #expect(throws: PostgresError.self) {
        try await region.client.execute("UPDATE region.project SET number = 7")
      }
      let view = try await region.count(
        "atoll.project_key", where: "project_number = \(Int64(number)) AND name = 'Browser'")
      #expect(view == 1)
    }
  }

  @Test("come along from elsewhere with the numbers and public keys that clients use")
  func imported() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let token = try region.token(owner, id)
      let projects = "/api/0/organizations/acme/projects"
      let keys = "/api/0/projects/acme/web/keys"
      let text = "0123456789abcdef0123456789abcdef"
      let web = try await region.call(.post, projects, token: token, body: ["slug": "web", "number": "42"])
      #expect(web.status == 201)
      #expect(web["number"] == "42")
      let taken = try await region.call(.post, projects, token: token, body: ["slug": "b", "number": "42"])
      #expect(taken.problem == "number-taken")
      #expect(taken.status == 409)
      for number: JSONValue in ["0", "-1", "042", "9007199254740992", "x", 42, ""] {
        let refused = try await region.call(.post, projects, token: token, body: ["slug": "c", "number": number])
        #expect(refused.status == 400, "\(number)")
      }
      let key = try await region.call(.post, keys, token: token, body: ["public_key": .string(text)])
      #expect(key["public_key"] == .string(text))
      #expect(key["dsn"] == .null, "no URL of this region has arrived")
      let path = keys + "/" + (try key.text("id"))
      let again = try await region.call(.post, keys, token: token, body: ["public_key": .string(text)])
      #expect(again.problem == "key-taken")
      for refused: JSONValue in ["x", .string(text.uppercased()), .string(text + "0"), 7, ""] {
        #expect(try await region.call(.post, keys, token: token, body: ["public_key": refused]).status == 400)
      }
      #expect(try await region.call(.post, keys, token: token, body: ["nam": "x"]).status == 400)
      #expect(try await region.call(.delete, path, token: token).status == 204)
      #expect(try await region.call(.get, path, token: token).status == 404)
      let released = try await region.call(.post, keys, token: token, body: ["public_key": .string(text)])
      #expect(released.status == 201)
    }
  }

  @Test("keys are read and named one by one, and show what control refuses")
  func oneKey() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let token = try region.token(owner, id)
      let project = "/api/0/projects/acme/web"
      _ = try await region.call(.post, "/api/0/organizations/acme/projects", token: token, body: ["slug": "web"])
      let key = try await region.call(.post, project + "/keys", token: token)
      let id2 = try key.text("id")
      let path = project + "/keys/" + id2
      #expect(try await region.call(.put, path, token: token, body: ["name": "Server"])["name"] == "Server")
      let both = try await region.call(.put, path, token: token, body: ["name": "S", "status": "disabled"])
      #expect(both["name"] == "S")
      #expect(both["status"] == "disabled")
      for body: JSONValue in [[:], ["name": ""], ["status": nil], ["x": 1]] {
        #expect(try await region.call(.put, path, token: token, body: body).status == 400)
      }
      #expect(try await region.call(.get, path, token: token)["refusal"] == .null)
      try await region.client.execute(
        """
        INSERT INTO outbox.nack (silo, kind, key, code, generation, epoch, head)
        VALUES (0, 'project_key', \(id2), 'KEY_OWNED', 1, 1, 1)
        """)
      #expect(try await region.call(.get, path, token: token)["refusal"] == "KEY_OWNED")
      #expect(try await region.call(.get, project + "/keys/\(ProjectKeyID.new())", token: token).status == 404)
      #expect(try await region.call(.get, project + "/keys/x", token: token).status == 404)
    }
  }
}
