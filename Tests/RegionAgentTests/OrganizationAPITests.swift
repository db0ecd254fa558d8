import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("The organization API")
struct OrganizationAPITests {
  private let base = "/api/0/organizations/acme"

  @Test("answers a member by slug and by id, with the role")
  func reads() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let token = try region.token(owner, id)
      for path in [base + "/", base, "/api/0/organizations/\(id)/"] {
        let answer = try await region.call(.get, path, token: token)
        #expect(answer.status == 200)
        #expect(answer["id"] == .string(id.description))
        #expect(answer["role"] == "owner")
      }
    }
  }

  @Test("refuses every credential that is not exactly right")
  func credentials() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let now = Int64(Date().timeIntervalSince1970)
      let stranger = try #require(TokenSigningKey.generate())
      let tokens: [String?] = [
        nil, "x", try region.token(owner, id, region: try RegionName("us")),
        try region.token(owner, id, signer: stranger),
        try region.token(owner, id, issuedAt: now - 1000), try region.token(owner, id, issuedAt: now + 1000),
        String(try region.token(owner, id).dropLast(2)) + "AA",
      ]
      for token in tokens {
        let answer = try await region.call(.get, base, token: token)
        #expect(answer.status == 401)
        #expect(answer.headers[.wwwAuthenticate] == "Bearer")
      }
    }
  }

  @Test("says 503 with Retry-After while the user, its status or every key has not arrived")
  func notArrived() async throws {
    try await RegionFixture.with { region in
      let (id, _, _) = try await region.organization()
      let user = UserID.new()
      let first = try await region.call(.get, base, token: try region.token(user, id))
      #expect(first.status == 503 && first.headers[.retryAfter] != nil)
      try await region.receiveStatus(of: user)
      #expect(try await region.call(.get, base, token: try region.token(user, id)).status == 503)
      try await region.client.execute("DELETE FROM replica.token_key")
      #expect(try await region.call(.get, base, token: try region.token(user, id)).status == 503)
    }
  }

  @Test("reads status, epoch and membership anew on each request")
  func immediate() async throws {
    try await RegionFixture.with { region in
      let (id, owner, grant) = try await region.organization()
      let token = try region.token(owner, id, epoch: 1)
      try await region.receiveStatus(of: owner, status: "suspended")
      #expect(try await region.call(.get, base, token: token).problem == "account-suspended")
      try await region.receiveStatus(of: owner, status: "active", epoch: 2)
      #expect(try await region.call(.get, base, token: token).status == 401)
      #expect(try await region.call(.get, base, token: try region.token(owner, id, epoch: 3)).status == 200)
      try await region.client.execute("DELETE FROM region.member WHERE id = \(grant.uuid)")
      #expect(try await region.call(.get, base, token: try region.token(owner, id, epoch: 2)).status == 404)
    }
  }

  @Test("hides other organizations behind one 404")
  func hides() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let (other, _, _) = try await region.organization(slug: "other")
      let token = try region.token(owner, id)
      for path in ["other", "unknown", other.description, OrganizationID.new().description, "x%00y", "-"] {
        #expect(try await region.call(.get, "/api/0/organizations/\(path)/", token: token).status == 404)
      }
      // A member of both, with a token for the other one.
      #expect(try await region.call(.get, base, token: try region.token(owner, other)).status == 404)
    }
  }

  @Test("renames for admins, refuses members and bad names")
  func renames() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let admin = try await region.member(of: id, role: .admin)
      let member = try await region.member(of: id, role: .member)
      let token = try region.token(admin.user, id)
      #expect(try await region.call(.put, base, token: token, body: ["name": "New"])["name"] == "New")
      for body in [["name": ""], ["name": "a\u{7}b"], ["title": "x"], ["name": "x", "slug": "y"], [:]] as [JSONValue] {
        #expect(try await region.call(.put, base, token: token, body: body).status == 400)
      }
      let refused = try await region.call(.put, base, token: try region.token(member.user, id), body: ["name": "x"])
      #expect(refused.status == 403)
      #expect(try await region.call(.put, base, token: try region.token(owner, id)).status == 415)
    }
  }

  @Test("deletes for owners only; then nobody finds it and all it held is gone")
  func deletes() async throws {
    try await RegionFixture.with { region in
      let (id, owner, grant) = try await region.organization()
      let admin = try await region.member(of: id, role: .admin)
      #expect(try await region.call(.delete, base, token: try region.token(admin.user, id)).status == 403)
      let token = try region.token(owner, id)
      _ = try await region.call(.post, base + "/projects", token: token, body: ["slug": "web"])
      _ = try await region.call(.post, "/api/0/projects/acme/web/keys", token: token)
      #expect(try await region.call(.delete, base, token: token).status == 204)
      #expect(try await region.call(.get, base, token: token).status == 404)
      for table in ["member", "project", "project_key", "team", "invitation"] {
        #expect(try await region.count("region.\(table)") == 0)
      }
      #expect(try await region.count("region.organization", where: "status = 'deleted'") == 1)
      #expect(try await region.pointers("member").filter { $0 == grant.uuid }.count == 2)
    }
  }

  @Test("follows a new slug at once")
  func slug() async throws {
    try await RegionFixture.with { region in
      let (id, owner, grant) = try await region.organization()
      try await region.receiveHome(id, slug: "renamed", creator: grant, state: "active")
      let token = try region.token(owner, id)
      #expect(try await region.call(.get, base, token: token).status == 404)
      #expect(try await region.call(.get, "/api/0/organizations/renamed", token: token).status == 200)
    }
  }

  @Test("answers 503, not 500, while the database is not reachable")
  func unreachable() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let token = try region.token(owner, id)
      let configuration = try PostgresConfiguration(connectionString: "postgres://nobody@127.0.0.1:1/none")
      let client = PostgresClient(
        configuration: configuration, pool: PoolLimits(maximumConnections: 1, waitTimeout: .seconds(2)),
        logger: FakeControl.logger)
      let cut = RegionFixture(database: SiloDatabase(client), key: region.key, region: region.region)
      let answer = try await cut.call(.get, base, token: token)
      client.shutdown()
      #expect(answer.status == 503)
      #expect(answer.problem == "unavailable")
      #expect(answer.headers[.retryAfter] != nil)
    }
  }
}
