import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

/// The provider with no more rights than the service has in an installation.
@Suite struct ProviderRightsTests {
  @Test("the service's role suffices for every way through the provider, and for tidying up after it")
  func service() async throws {
    try await withControl(asService: true) { control in
      let role = try await control.query("SELECT current_user::text").only().decode(String.self)
      #expect(role == "atoll_control_service")
      let world = try await World(control)
      let client = try await OpenIDClient.register(control, [("logout_uris", ["https://app.example.com/bye"])])
      let code = try await client.code(world.ada.token, [("scope", "openid email offline_access region")])
      let first = try await client.exchange(code, [("resource", "https://eu.example.com")])
      #expect(first.status == 200, "\(String(decoding: first.bytes, as: UTF8.self))")
      let second = try await client.refresh(try first.text("refresh_token"))
      #expect(try await client.userInfo(try second.text("access_token")).status == 200)
      #expect(try await client.exchange(code).status == 400)
      #expect(try await client.userInfo(try second.text("access_token")).status == 401)
      let eu = OpenIDClient.region(world.eu)
      #expect(try await eu.exchange(try await eu.code(world.ada.token)).status == 200)
      #expect(try OpenIDClient.error(try await eu.authorize(world.bob.token, [("prompt", "none")])) == "login_required")
      let path = "/api/v1/operator/clients/\(client.id)"
      #expect(try await control.post(path + "/secrets", token: control.operatorToken, [:]).status == 201)
      #expect(try await control.post("/api/v1/operator/id-token-keys", token: control.operatorToken, [:]).status == 202)
      #expect(
        try await control.send(.delete, "/api/v1/applications/\(client.id)", token: world.ada.token).status == 204)
      let query = OpenIDClient.form([("id_token_hint", try second.text("id_token"))])
      #expect(try await client.browse("/oauth/logout?" + query, world.ada.token).status == 200)
      #expect(try await control.post(path + "/revoke", token: control.operatorToken, [:]).status == 200)
      control.clock.advance(86_401)
      try await control.server.maintenance.pass()
      control.clock.advance(86_400)
      try await control.server.maintenance.pass()
      let left = try await control.query(
        """
        SELECT (SELECT count(*) FROM control.client_assertion) + (SELECT count(*) FROM control.client_secret),
          (SELECT count(*) FROM control.id_token_key WHERE state = 'active')
        """
      ).only().decode((Int64, Int64).self)
      #expect(left == (0, 1))
      // Codes and refresh tokens of a login that could last go with it.
      control.clock.advance(31 * 86_400)
      try await control.server.maintenance.pass()
      let families = try await control.query("SELECT count(*) FROM control.authorization").only().decode(Int64.self)
      #expect(families == 0)
    }
  }

  @Test("neither the application's role nor the service's reads more or rewrites history")
  func denied() async throws {
    try await withControl { control in
      let client = control.environment.database.client
      for table in ["client", "client_secret", "authorization", "refresh_token", "id_token_key", "consent"] {
        await #expect(throws: PostgresError.self) {
          try await client.withConnection { connection in
            try await connection.withTransaction { connection in
              try await connection.execute("SET LOCAL ROLE atoll_control_application")
              _ = try await connection.query("SELECT FROM control.\(identifier: table)")
            }
          }
        }
      }
      await #expect(throws: PostgresError.self) {
        try await client.withConnection { connection in
          try await connection.withTransaction { connection in
            try await connection.execute("SET LOCAL ROLE atoll_control_service")
            try await connection.execute("DELETE FROM control.client")
          }
        }
      }
    }
  }
}
