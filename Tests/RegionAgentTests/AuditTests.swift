import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing
import Web

@testable import RegionAgent

@Suite("The trail of a region")
struct AuditTests {
  private static func items(_ answer: Answer) throws -> [JSONObject] {
    guard case .array(let items)? = answer["items"] else { return [] }
    return items.compactMap { if case .object(let object) = $0 { object } else { nil } }
  }

  @Test("names every change with who made it and how, and nothing that was refused; owners read it page by page")
  func changes() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let member = try await region.member(of: id, role: .member).user
      let token = try region.token(owner, id)
      let path = "/api/0/organizations/acme"
      #expect(try await region.call(.put, path, token: token, body: ["name": "New"]).status == 200)
      #expect(
        try await region.call(.post, path + "/teams", token: token, body: ["slug": "ops"]).status == 201)
      let api = try await region.receiveAPIToken(of: owner, id, scopes: ["team:write"])
      #expect(try await region.call(.delete, path + "/teams/ops", token: api).status == 204)
      // Refused, impossible and mere looks leave nothing.
      let theirs = try region.token(member, id)
      #expect(try await region.call(.put, path, token: theirs, body: ["name": "X"]).status == 403)
      #expect(try await region.call(.delete, path + "/teams/none", token: token).status == 404)
      #expect(try await region.call(.get, path, token: token).status == 200)
      #expect(try await region.call(.get, path + "/audit", token: theirs).status == 403)
      let trail = try Self.items(try await region.call(.get, path + "/audit", token: token))
      #expect(trail.map { $0["action"] } == ["team.change", "team.change", "organization.rename"])
      #expect(trail.map { $0["credential"] } == ["api_token", "access_token", "access_token"])
      #expect(trail.map { $0["subject"] }.first == .string("DELETE \(path)/teams/ops"))
      #expect(trail.allSatisfy { $0["user_id"] == .string(owner.description) })
      let first = try await region.call(.get, path + "/audit?limit=2", token: token)
      guard case .string(let next)? = first["next"] else {
        Issue.record("there is another page")
        return
      }
      let second = try Self.items(try await region.call(.get, path + "/audit?limit=2&after=\(next)", token: token))
      #expect(second.map { $0["action"] } == ["organization.rename"])
    }
  }

  @Test("is written by the service and rewritten by nobody but the owner")
  func rights() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let path = "/api/0/organizations/acme"
      #expect(
        try await region.call(.put, path, token: try region.token(owner, id), body: ["name": "New"]).status == 200)
      for role in ["atoll_region_service", "atoll_region_application"] {
        for statement in ["UPDATE region.audit SET action = 'x'", "DELETE FROM region.audit", "TRUNCATE region.audit"] {
          await #expect(throws: PostgresError.self) {
            try await region.client.withTransaction { connection in
              try await connection.execute("SET LOCAL ROLE \(identifier: role)")
              try await connection.execute("\(raw: statement)")
            }
          }
        }
      }
      #expect(try await region.count("region.audit") == 1)
    }
  }

  @Test("is forgotten after the time that was set, in small batches, by the service, and never before a month")
  func retention() async throws {
    try await LoginFixture.with { login in
      let client = login.region.client
      for days: Int32 in [20, 39, 41, 500] {
        try await client.execute(
          """
          INSERT INTO region.audit (id, at, user_id, credential, action, subject)
          VALUES (gen_random_uuid(), now() - make_interval(days => \(days)), gen_random_uuid(), 'login', 'x', 'old')
          """)
      }
      try await client.withTransaction { connection in
        try await connection.execute("SET LOCAL ROLE atoll_region_service")
        #expect(try await AuditStore.prune(days: 400, limit: 10, on: RegionConnection(connection)) == 1)
      }
      let keeper = LoginKeeper(
        database: login.region.database, signer: login.signer, used: UseRecorder(), auditDays: 40,
        now: WallClock.system.seconds, logger: FakeControl.logger)
      #expect(try await keeper.pruneTrail() == 1)
      #expect(try await keeper.pruneTrail() == 0)
      #expect(try await login.region.count("region.audit") == 2)
      for (days, limit) in [(29, 10), (400, 0), (400, 10_001)] {
        await #expect(throws: PostgresError.self) {
          try await login.region.database.withConnection {
            try await AuditStore.prune(days: days, limit: limit, on: $0)
          }
        }
      }
      #expect(try await login.region.count("region.audit") == 2)
    }
  }

  @Test("names logins and logouts of browsers")
  func sessions() async throws {
    try await LoginFixture.with { login in
      let (_, owner, _) = try await login.region.organization()
      let (session, _) = try await login.logIn(owner)
      _ = try await Answer.of(
        login.host, .post, "/auth/logout",
        headers: login.leaving(session))
      let actions = try await login.region.client.query(
        "SELECT action FROM region.audit WHERE user_id = \(owner.uuid) ORDER BY id"
      ).decode(String.self)
      #expect(actions == ["session.open", "session.end"])
    }
  }
}
