import Outbox
import Postgres
import Silo
import Testing

@testable import RegionAgent

@Suite("The region's database refuses")
struct RegionSchemaTests {
  /// Runs a statement as a role; the server's code if it is refused.
  private func refusal(_ statement: SQL, as role: String, _ region: RegionFixture) async throws -> SQLState? {
    do {
      try await region.client.withTransaction { connection in
        try await connection.execute("SET LOCAL ROLE \(identifier: role)")
        try await connection.execute(statement)
      }
      return nil
    } catch let error as PostgresError {
      return error.sqlState
    }
  }

  private func expect(
    refusal expected: SQLState?, _ statement: SQL, as role: String, _ region: RegionFixture
  ) async throws {
    let code = try await refusal(statement, as: role, region)
    #expect(code == expected, "\(statement.text)")
  }

  @Test("the application everything below the views")
  func application() async throws {
    try await RegionFixture.with { region in
      let role = "atoll_region_application"
      for view in ["user", "organization", "member", "invitation", "team", "project", "project_key", "region"] {
        try await expect(refusal: nil, "SELECT * FROM atoll.\(identifier: view)", as: role, region)
      }
      for statement in [
        #"SELECT * FROM replica."user""#, "SELECT token_digest FROM region.invitation", "SELECT * FROM region.member",
        "UPDATE replica.user_status SET status = 'active'", "DELETE FROM atoll.member", "SELECT * FROM outbox.cursor",
        "INSERT INTO region.member (id, organization_id, user_id, role) SELECT id, id, id, 'owner' FROM atoll.\"user\"",
        "UPDATE atoll.team SET name = 'x'", "SELECT * FROM outbox.pending",
      ] as [SQL] {
        try await expect(refusal: .insufficientPrivilege, statement, as: role, region)
      }
    }
  }

  @Test("the application events of kinds that are not its own, and takes those that are")
  func kinds() async throws {
    try await RegionFixture.with { region in
      let role = "atoll_region_application"
      try await region.client.execute("SELECT outbox.declare_kind('order', 'uuid', 'main', true)")
      try await expect(refusal: nil, "SELECT outbox.append('order', gen_random_uuid())", as: role, region)
      for kind in ["member", "organization", "invitation", "project_key"] {
        let statement: SQL = "SELECT outbox.append(\(kind), gen_random_uuid())"
        try await expect(refusal: .insufficientPrivilege, statement, as: role, region)
      }
      let declare: SQL = "SELECT outbox.declare_kind('own', 'uuid', 'main', true)"
      try await expect(refusal: .insufficientPrivilege, declare, as: role, region)
    }
  }

  @Test("the service a change of structure, and lets it change rows")
  func service() async throws {
    try await RegionFixture.with { region in
      let role = "atoll_region_service"
      try await expect(refusal: .insufficientPrivilege, "DROP TABLE region.member", as: role, region)
      try await expect(refusal: .insufficientPrivilege, "ALTER TABLE region.member ADD x int", as: role, region)
      try await expect(refusal: nil, "UPDATE region.organization SET name = name", as: role, region)
      try await expect(refusal: nil, #"DELETE FROM replica."grant""#, as: role, region)
    }
  }

  @Test("capture of a table that apply writes")
  func echo() async throws {
    try await RegionFixture.with { region in
      let code = try await refusal(
        "SELECT outbox.capture('replica.organization_home', 'organization')", as: "postgres", region)
      #expect(code == SQLState(rawValue: "55000"))
    }
  }

  @Test("two pending invitations for one address, and a second membership of one user")
  func invariants() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let second: SQL = """
        INSERT INTO region.member (id, organization_id, user_id, role)
        VALUES (gen_random_uuid(), \(id.uuid), \(owner.uuid), 'member')
        """
      try await expect(refusal: .uniqueViolation, second, as: "atoll_region_service", region)
      let invitation: SQL = """
        INSERT INTO region.invitation (id, organization_id, email, role, token_digest, invited_by, expires_at)
        SELECT gen_random_uuid(), \(id.uuid), 'a@example.org', 'member', sha256('x'), \(owner.uuid), now()
        FROM generate_series(1, 2)
        """
      try await expect(refusal: .uniqueViolation, invitation, as: "atoll_region_service", region)
    }
  }
}
