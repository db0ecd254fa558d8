import ControlPlane
import FoundationEssentials
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct DatabaseTests {
  @Test(
    "the application's role reads nothing of control, and the service's role neither rewrites the audit nor forgets regions"
  )
  func roles() async throws {
    try await withControl { control in
      for statement: SQL in [
        "SELECT count(*) FROM control.session", "SELECT count(*) FROM control.\"user\"",
        "SELECT count(*) FROM directory.member", "SELECT directory.end_grants('{}')",
        "SELECT outbox.append('user', gen_random_uuid())",
      ] {
        let state = try await Self.state(of: statement, as: "atoll_control_application", control)
        #expect(state == .insufficientPrivilege, "\(statement)")
      }
      for statement: SQL in [
        "DELETE FROM control.audit", "UPDATE control.audit SET alarm = false", "DELETE FROM control.manifest",
        "DELETE FROM control.region", "DELETE FROM directory.organization_home", "CREATE TABLE control.x (id int)",
      ] {
        let state = try await Self.state(of: statement, as: "atoll_control_service", control)
        #expect(state == .insufficientPrivilege, "\(statement)")
      }
    }
  }

  @Test("the audit trail is forgotten after the time that was set, in small batches, and never before a month")
  func retention() async throws {
    try await withControl(asService: true) { control in
      func count() async throws -> Int64 {
        try await control.query("SELECT count(*) FROM control.audit WHERE subject = 'old'").only().decode(Int64.self)
      }
      try await control.environment.database.client.withTransaction { connection in
        try await connection.execute("SET LOCAL ROLE NONE")
        for days: Int32 in [399, 401, 500] {
          try await connection.execute(
            """
            INSERT INTO control.audit (at, actor_kind, actor, action, subject)
            VALUES (now() - make_interval(days => \(days)), 'system', 'control', 'x', 'old')
            """)
        }
      }
      let gone = try await control.environment.database.withConnection {
        try await AuditStore.prune(days: 400, limit: 1, on: $0)
      }
      #expect(gone == 1)
      #expect(try await count() == 2)
      try await control.server.maintenance.pass()
      #expect(try await count() == 1)
      for (days, limit) in [(29, 10), (0, 10), (400, 0), (400, 10_001)] {
        let error = await #expect(throws: PostgresError.self) {
          try await control.environment.database.withConnection {
            try await AuditStore.prune(days: days, limit: limit, on: $0)
          }
        }
        #expect(error?.code == .server(SQLState(rawValue: "22023")))
      }
      let younger = try await control.query("SELECT count(*) FROM control.audit WHERE at > now() - interval '30 days'")
      #expect(try younger.only().decode(Int64.self) > 0)
    }
  }

  @Test("the service's role is enough for a whole organization: sign up, reserve, grant, accept, end")
  func serviceIsEnough() async throws {
    try await withControl { control in
      let world = try await World(control)
      try await control.environment.database.client.withTransaction { connection in
        try await connection.execute("SET LOCAL ROLE atoll_control_service")
        let service = ControlConnection(connection)
        let user: UserID = control.environment.identifiers.next()
        let name = try #require(DisplayName("Sue"))
        let email = try EmailAddress("sue@example.com")
        #expect(try await UserStore.insert(user, name: name, email: email, phc: "$argon2id$v=19$x", on: service))
        let organization = try #require(OrganizationID(world.organization))
        let region = try #require(RegionNumber(world.eu.silo))
        let grant: GrantID = control.environment.identifiers.next()
        let invitation: InvitationID = control.environment.identifiers.next()
        #expect(
          try await GrantStore.insert(
            grant, organization: organization, user: user, role: .member, source: .invitation(invitation),
            region: region, on: service))
        _ = try await service.query("SELECT directory.end_grants(ARRAY[\(grant.uuid)])")
      }
      #expect(try await world.interests().contains { $0.hasPrefix("user") && $0.hasSuffix("leaving") })
    }
  }

  @Test("entry and exit of one person at once never lose the entry, whoever comes first")
  func entryAgainstExit() async throws {
    try await withControl { control in
      let world = try await World(control)
      let region = try #require(RegionNumber(world.eu.silo))
      let organization = try #require(OrganizationID(world.organization))
      for _ in 0..<15 {
        let user: UserID = control.environment.identifiers.next()
        let first: GrantID = control.environment.identifiers.next()
        let second: GrantID = control.environment.identifiers.next()
        let other: OrganizationID = control.environment.identifiers.next()
        try await control.environment.database.withTransaction { connection in
          let name = try #require(DisplayName("Sue"))
          let email = try EmailAddress("\(user)@example.com")
          _ = try await UserStore.insert(user, name: name, email: email, phc: "$argon2id$v=19$x", on: connection)
          _ = try await GrantStore.insert(
            first, organization: organization, user: user, role: .member,
            source: .invitation(control.environment.identifiers.next()), region: region, on: connection)
          try await connection.execute(
            """
            INSERT INTO directory.organization_home (id, slug, name, region_id, region_number, state, creator_grant_id)
            SELECT \(other.uuid), 'o', 'o', region_id, region_number, 'active', gen_random_uuid()
            FROM directory.organization_home WHERE id = \(organization.uuid)
            """)
        }
        async let leaving: Void = control.environment.database.withTransaction { connection in
          _ = try await connection.query("SELECT directory.end_grants(ARRAY[\(first.uuid)])")
        }
        async let entering = control.environment.database.withTransaction { connection in
          try await GrantStore.insert(
            second, organization: other, user: user, role: .member,
            source: .invitation(control.environment.identifiers.next()), region: region, on: connection)
        }
        _ = try await (leaving, entering)
        #expect(try await world.interests().contains("user \(user) active"))
      }
    }
  }

  @Test("a control plane that starts anew finds the operation where it was, and the region's row still confirms it")
  func restart() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let ada = try await control.person("ada@example.com")
      let made = try await control.post("/api/v1/organizations", token: ada.token, ["slug": "acme", "region": "eu"])
      let successor = try await ControlServer(environment: control.environment)
      try await successor.sequencer.catchUp()
      #expect(try await eu.hello().status == 200)
      let id = try made.text("organization", "id")
      _ = try await eu.push([
        .init(ReplicatedModels.organization, id, ["name": "Acme", "status": "active", "generation": "1"])
      ])
      let done = try await control.get("/api/v1/operations/\(try made.text("operation", "id"))", token: ada.token)
      #expect(try done.text("operation", "state") == "done")
    }
  }

  @Test("the proof of the last applied batch is stored with the next request and comes back in hello")
  func proofs() async throws {
    try await withControl { control in
      let world = try await World(control)
      #expect(try await world.eu.hello().status == 200)
      let asked = try #require(world.eu.asked)
      let claim = try #require(asked.claims.first { $0.lane == .main })
      let proof = try #require(claim.proof)
      #expect(proof.to == claim.cursor?.position)
      try proof.verify(by: KnownKey(key: world.eu.stream.verificationKey, purpose: .stream))
      let request = asked.request(of: .control, on: world.eu.silo) { keyid in
        keyid == world.eu.stream.keyid ? KnownKey(key: world.eu.stream.verificationKey, purpose: .stream) : nil
      }
      #expect(request.claims.first { $0.lane == .main }?.isProven == true)
    }
  }

  private static func state(
    of statement: SQL, as role: String, _ control: ControlFixture
  ) async throws -> SQLState? {
    do {
      try await control.environment.database.client.withTransaction { connection in
        try await connection.execute("SET LOCAL ROLE \(identifier: role)")
        _ = try await connection.query(statement)
      }
      return nil
    } catch let error as PostgresError {
      return error.sqlState
    }
  }
}
