import ControlPlane
import FoundationEssentials
import Glibc
import Logging
import Outbox
import Postgres
import Silo
import SyncProtocol
import TestSupport
import Testing

@Suite struct SecretsTests {
  @Test("a dump of control holds no secret that was created, in any form that opens something")
  func dump() async throws {
    try await withControl { control in
      let world = try await World(control)
      let invitation = try await world.invite("bob@example.com")
      _ = try await control.region("us")
      let join = try await control.post(
        "/api/v1/operator/regions/us/join-tokens", token: control.operatorToken, [:]
      ).text("token")
      let added = try await control.post(
        "/api/v1/operator/operators", token: control.operatorToken, ["name": "o", "role": "auditor"])
      let access = try await control.post("/api/v1/tokens", token: world.ada.token, ["organization": "acme"])
      let keys = try await openedKeys(control)
      #expect(keys.count == 3)
      let secrets =
        [
          ControlFixture.password, control.operatorToken, world.ada.token, join, invitation.token,
          try added.text("token"),
          try access.text("access_token"), Hexadecimal.encode(ControlFixture.secretBytes),
        ] + keys.flatMap { [Hexadecimal.encode($0), Base64.encode($0), Base64.encode($0, .standard)] }
      let content = try await dump(control)
      #expect(content.contains("ada@example.com"))
      for secret in secrets {
        #expect(!content.contains(secret), "a secret of \(secret.utf8.count) bytes is in a table")
      }
    }
  }

  /// The private halves, opened.
  private func openedKeys(_ control: ControlFixture) async throws -> [[UInt8]] {
    let signing = try await control.query("SELECT thumbprint, sealed_private_key FROM control.signing_key").decode(
      (String, [UInt8]).self)
    let tokens = try await control.query("SELECT kid, sealed_private_key FROM control.token_key_secret").decode(
      (String, [UInt8]).self)
    let key = control.environment.secretKey
    return try signing.map { try key.open($0.1, at: SigningKeyStore.place($0.0)) }
      + tokens.map { try key.open($0.1, at: TokenKeyStore.place($0.0)) }
  }

  /// What `pg_dump` writes of control's database, as plain SQL; bytea in hexadecimal.
  private func dump(_ control: ControlFixture) async throws -> String {
    let database = try await control.query("SELECT current_database()").only().decode(String.self)
    let file = "/tmp/atoll-dump-\(UUID().uuidString)"
    defer { unlink(file) }
    try await ServerPrograms.dump(database, of: try await PostgresTestServer.shared.server(), to: file, plain: true)
    let content = String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)
    for schema in ["control", "directory", "outbox"] { #expect(content.contains("COPY \(schema).")) }
    return content
  }

  @Test("another secret key opens nothing, and a control plane with it does not start")
  func wrongKey() async throws {
    try await withControl { control in
      let other = try #require(SecretKey(bytes: [UInt8](repeating: 8, count: 32)))
      let environment = ControlEnvironment(
        database: control.environment.database, secretKey: other, logger: control.environment.logger)
      await #expect(throws: SealingError.wrongKeyOrPlace) { try await ControlServer(environment: environment) }
    }
  }

  @Test("a database is initialized once, and one that is not initialized is not served")
  func initOnce() async throws {
    try await withControl { control in
      let error = await #expect(throws: ControlError.self) {
        try await ControlInit.run(
          environment: control.environment, primaryRoot: try SigningKey(purpose: .root),
          recoveryRoot: try SigningKey(purpose: .recovery), development: true)
      }
      #expect(error?.code == .alreadyInitialized)
    }
    try await withTestDatabase(migrations: ControlSchema.migrators) { client in
      let key = try #require(SecretKey(bytes: ControlFixture.secretBytes))
      let environment = ControlEnvironment(database: SiloDatabase(client), secretKey: key, logger: .init(label: "test"))
      let error = await #expect(throws: ControlError.self) { try await ControlServer(environment: environment) }
      #expect(error?.code == .notInitialized)
    }
  }
}
