import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing
import Web

@Suite("Sessions that a region opened one on")
struct SessionRegionTests {
  private static func session(of token: String, _ control: ControlFixture) async throws -> SessionID {
    let rows = try await control.query("SELECT id FROM control.session WHERE digest = \(TokenFormat.digest(of: token))")
    return SessionID(try rows.only().decode(UUID.self))
  }

  private static func note(_ session: SessionID, _ region: FakeRegion, _ control: ControlFixture) async throws -> Bool {
    let number = try #require(RegionNumber(region.silo))
    return try await control.environment.database.withTransaction(.readCommitted) {
      try await SessionRegionStore.note(session, in: number, on: $0)
    }
  }

  private static func states(_ region: FakeRegion) async throws -> [String?] {
    try await region.pullAll().values.filter { $0.row.kind == ReplicatedModels.controlSession.kind }
      .map { $0.value("state") }
  }

  @Test("travel to the regions that were noted, and to no other")
  func travels() async throws {
    try await withControl { control in
      let world = try await World(control)
      let us = try await FakeRegion.joined(control, "us")
      _ = try await World.organization("other", of: world.ada.token, at: us, control)
      let session = try await Self.session(of: world.ada.token, control)
      #expect(try await Self.note(session, world.eu, control))
      #expect(try await Self.note(session, world.eu, control))
      #expect(try await Self.states(world.eu) == ["live"])
      #expect(try await Self.states(us).isEmpty)
      #expect(try await Self.note(session, us, control))
      #expect(try await Self.states(us) == ["live"])
    }
  }

  @Test("are ended by the transaction that ends the session, and cannot be noted afterwards")
  func ends() async throws {
    try await withControl { control in
      let world = try await World(control)
      let session = try await Self.session(of: world.ada.token, control)
      #expect(try await Self.note(session, world.eu, control))
      #expect(try await Self.states(world.eu) == ["live"])
      #expect(try await control.post("/api/v1/logout", token: world.ada.token, [:]).status == 204)
      #expect(try await Self.states(world.eu) == ["ended"])
      #expect(try await !Self.note(session, world.eu, control))
    }
  }

  @Test("are told to the region of an access token, once, so that the token ends with them")
  func tokens() async throws {
    try await withControl { control in
      let world = try await World(control)
      func exchange() async throws -> Int {
        try await control.post("/api/v1/tokens", token: world.ada.token, ["organization": "acme"]).status
      }
      #expect(try await Self.states(world.eu).isEmpty)
      #expect(try await exchange() == 200)
      #expect(try await Self.states(world.eu) == ["live"])
      func version() async throws -> String {
        try await control.query("SELECT string_agg(xmin::text, ',') FROM control.control_session").only()
          .decode(String.self)
      }
      let written = try await version()
      #expect(try await exchange() == 200)
      #expect(try await version() == written, "the second token only looks")
      let identity = IdentityService(environment: control.environment)
      let session = try #require(try await identity.session(token: world.ada.token))
      #expect(try await control.post("/api/v1/logout", token: world.ada.token, [:]).status == 204)
      #expect(try await Self.states(world.eu) == ["ended"])
      // One that ended between the look at the session and the token gets none.
      let issuer = TokenIssuer(environment: control.environment, keys: control.server.tokenKeys)
      await #expect(throws: Problem.unauthenticated) { try await issuer.issue(session, organization: "acme") }
    }
  }

  @Test("are told to the region that a third party asks for, before it has a token")
  func thirdParty() async throws {
    try await withControl { control in
      let world = try await World(control)
      let client = try await OpenIDClient.register(
        control, [("trusted", true), ("scopes", ["openid", "offline_access", "region"])])
      let code = try await client.code(world.ada.token, [("scope", "openid offline_access region")])
      let refresh = try await client.exchange(code).text("refresh_token")
      #expect(try await Self.states(world.eu).isEmpty)
      #expect(try await client.refresh(refresh, [("resource", "https://eu.example.com")]).status == 200)
      #expect(try await Self.states(world.eu) == ["live", "live"], "the session, and the login at the client")
      #expect(try await control.post("/api/v1/logout", token: world.ada.token, [:]).status == 204)
      #expect(try await Self.states(world.eu) == ["ended"])
    }
  }

  /// Every way in which a login at a client ends, and what is refused from then on.
  @Test(
    "go on when what came of a third party's login ends, which the regions of its tokens are told of",
    arguments: ["withdrawn", "revoked", "reused", "client"])
  func family(_ way: String) async throws {
    try await withControl { control in
      let world = try await World(control)
      let us = try await FakeRegion.joined(control, "us")
      _ = try await World.organization("other", of: world.ada.token, at: us, control)
      let client = try await OpenIDClient.register(control, [("scopes", ["openid", "offline_access", "region"])])
      let code = try await client.code(world.ada.token, [("scope", "openid offline_access region")])
      let first = try await client.exchange(code).text("refresh_token")
      let eu = [("resource", "https://eu.example.com")]
      let answer = try await client.refresh(first, eu)
      let next = try answer.text("refresh_token")
      #expect(try await Self.states(world.eu) == ["live", "live"])
      func versions() async throws -> String {
        try await control.query("SELECT string_agg(xmin::text, ',' ORDER BY id) FROM control.control_session").only()
          .decode(String.self)
      }
      let written = try await versions()
      let last = try await client.refresh(next, eu).text("refresh_token")
      #expect(try await versions() == written, "the second token only looks")
      switch way {
      case "withdrawn":
        let path = "/api/v1/applications/\(client.id)"
        #expect(try await control.send(.delete, path, token: world.ada.token).status == 204)
      case "revoked":
        let secret = "Basic " + Base64.encode(Array("\(client.id):\(client.secret ?? "")".utf8), .standard)
        #expect(try await client.post("/oauth/revoke", [("token", last)], [.authorization: secret]).status == 200)
      case "reused": #expect(try await client.refresh(first, eu).status == 400)
      default:
        let path = "/api/v1/operator/clients/\(client.id)/revoke"
        #expect(try await control.post(path, token: control.operatorToken, [:]).status < 300)
      }
      #expect(try await Self.states(world.eu) == ["ended"], "the login at the client, not the session")
      #expect(try await Self.states(us).isEmpty, "which got no token of it")
      #expect(try await client.refresh(last, eu).status >= 400)
      let live = try await control.query("SELECT id FROM control.control_session WHERE state = 'live'")
        .decode(UUID.self)
      let session = try await Self.session(of: world.ada.token, control)
      #expect(live == [session.uuid])
    }
  }

  @Test("of somebody who is nobody in the region do not travel")
  func stranger() async throws {
    try await withControl { control in
      let world = try await World(control)
      let session = try await Self.session(of: world.bob.token, control)
      #expect(try await Self.note(session, world.eu, control))
      #expect(try await Self.states(world.eu).allSatisfy { $0 == nil })
    }
  }

  @Test("go with their person, and are forgotten once they expired and the region removed them")
  func lapses() async throws {
    try await withControl { control in
      let world = try await World(control)
      let session = try await Self.session(of: world.ada.token, control)
      #expect(try await Self.note(session, world.eu, control))
      #expect(try await Self.states(world.eu) == ["live"])
      control.clock.advance(40 * 86_400)
      try await control.server.maintenance.pass()
      #expect(try await Self.states(world.eu).last == .some(nil))
      for _ in 0..<3 { _ = try await world.eu.pullAll() }
      #expect(try await control.query("SELECT 1 FROM control.session_region").isEmpty)
      #expect(try await control.query("SELECT 1 FROM control.control_session").isEmpty)
    }
  }
}
