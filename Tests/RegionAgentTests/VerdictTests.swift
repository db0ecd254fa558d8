import FoundationEssentials
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("The same answer in SQL")
struct VerdictTests {
  private func verdict(
    _ function: String, _ credential: String, _ organization: OrganizationID, _ region: RegionFixture
  ) async throws -> (status: Int32, user: UUID?, role: String?, freshness: String?) {
    try await region.client.withTransaction { connection in
      // As an application: with the function and nothing else.
      try await connection.execute("SET LOCAL ROLE atoll_region_application")
      return try await connection.query(
        """
        SELECT v.status, v.user_id, v.role, v.freshness
        FROM atoll.\(identifier: function)(\(TokenFormat.digest(of: credential)), \(organization.uuid)) AS v
        """
      ).only().decode((Int32, UUID?, String?, String?).self)
    }
  }

  @Test("for every state of session, token, person, membership and knowledge")
  func agrees() async throws {
    try await LoginFixture.with { login in
      let region = login.region
      let (organization, owner, _) = try await region.organization()
      let (other, _, _) = try await region.organization(slug: "other")
      let control = try await region.receiveControlSession(user: owner)
      let session = try await region.session(of: owner, on: control)
      let idle = try await region.session(of: owner, on: control, seenSecondsAgo: 8 * 86_400)
      let over = try await region.session(of: owner, on: control, lifetime: -1)
      let token = try await region.receiveAPIToken(of: owner, organization)
      let expired = try await region.receiveAPIToken(of: owner, organization, lifetime: -1)
      func agree(_ state: String) async throws {
        for id in [organization, other, .new()] {
          for cookie in [session, idle, over, TokenFormat.browserSession.mint()] {
            let said = try await login.ask(id.description, cookie: cookie).status
            let sql = try await verdict("session", cookie, id, region)
            #expect(Int(sql.status) == said, "session, \(state)")
            #expect((sql.user == nil) == (said != 200))
          }
          for text in [token, expired, APITokenFormat.mint(for: region.region)] {
            let said = try await login.ask(id.description, token: text).status
            #expect(try await Int(verdict("api_token", text, id, region).status) == said, "token, \(state)")
          }
        }
      }
      try await agree("good")
      let good = try await verdict("session", session, organization, region)
      #expect(good.status == 200 && good.user == owner.uuid && good.role == "owner" && good.freshness == "fresh")
      for (status, epoch) in [("suspended", Int64(1)), ("active", 2), ("deleted", 1), ("active", 1)] {
        try await region.receiveStatus(of: owner, status: status, epoch: epoch)
        try await agree("\(status) \(epoch)")
      }
      for age in [3700, 604_900, nil, -1000, 0] as [Double?] {
        try await region.receiveFreshness(secondsAgo: age)
        try await agree("age \(age ?? -1)")
      }
      let strict = StalenessPolicy(degradedSeconds: 60, closedSeconds: nil, refused: [.apiTokens])
      try await region.database.withTransaction { try await StalenessStore.set(strict, of: organization, on: $0) }
      for age in [30, 90, nil] as [Double?] {
        try await region.receiveFreshness(secondsAgo: age)
        try await agree("strict, age \(age ?? -1)")
      }
      try await region.receiveFreshness()
      _ = try await region.receiveControlSession(control, user: owner, state: "ended")
      try await agree("ended at control")
      try await region.client.execute("DELETE FROM region.member")
      try await agree("no member")
      try await region.client.execute("DELETE FROM replica.\"user\"")
      try await agree("not arrived")
    }
  }

  @Test("and the application reads none of what it rests on")
  func privileges() async throws {
    try await RegionFixture.with { region in
      for table in [
        "region.browser_session", "replica.api_token", "replica.control_session", "region.staleness_policy",
      ] {
        await #expect(throws: PostgresError.self) {
          try await region.client.withTransaction { connection in
            try await connection.execute("SET LOCAL ROLE atoll_region_application")
            try await connection.execute("SELECT * FROM \(raw: table)")
          }
        }
      }
      await #expect(throws: PostgresError.self) {
        try await region.client.withTransaction { connection in
          try await connection.execute("SET LOCAL ROLE atoll_region_application")
          try await connection.execute("SELECT region.verdict(NULL, NULL, NULL, NULL, NULL)")
        }
      }
    }
  }
}
