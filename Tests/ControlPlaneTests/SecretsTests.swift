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
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let code = try await client.code(world.ada.token, [("scope", "openid offline_access")])
      let tokens = try await client.exchange(code)
      let refreshed = try await client.refresh(try tokens.text("refresh_token"))
      let keys = try await openedKeys(control)
      #expect(keys.count == 5)
      let secrets =
        [
          ControlFixture.password, control.operatorToken, world.ada.token, join, invitation.token,
          try added.text("token"),
          try access.text("access_token"), Hexadecimal.encode(ControlFixture.secretBytes), code, client.verifier,
          try #require(client.secret), try tokens.text("access_token"), try tokens.text("id_token"),
          try tokens.text("refresh_token"), try refreshed.text("refresh_token"),
        ] + (try await accountSecrets(control))
        + keys.flatMap { [Hexadecimal.encode($0), Base64.encode($0), Base64.encode($0, .standard)] }
      let content = try await dump(control)
      #expect(content.contains("ada@example.com"))
      for secret in secrets {
        #expect(!content.contains(secret), "a secret of \(secret.utf8.count) bytes is in a table")
      }
    }
  }

  /// What accounts hand out: tokens of letters that were not answered, a half login, a device, a seed and recovery codes.
  private func accountSecrets(_ control: ControlFixture) async throws -> [String] {
    let zoe = try await control.person("zoe@example.com")
    let password: JSONValue = ["password": .string(ControlFixture.password)]
    let begun = try await control.post("/api/v1/second-factor/totp", token: zoe.token, password)
    let secret = try begun.text("secret")
    let code = try Authenticator.code(secret, at: control.clock.now)
    let confirmed = try await control.post(
      "/api/v1/second-factor/totp/confirm", token: zoe.token, ["code": .string(code)])
    let codes = try confirmed.json.field("recovery_codes").array(maximum: 10).map { try $0.string() }
    let session = try confirmed.text("session", "session_token")
    let device = try confirmed.text("session", "device_token")
    let half = try await control.logIn("zoe@example.com").text("second_factor", "login_token")
    _ = try await control.post("/api/v1/password/forgot", ["email": "zoe@example.com"])
    _ = try await control.post(
      "/api/v1/me/email", token: session, ["email": "zoe2@example.com", "password": .string(ControlFixture.password)])
    _ = try await control.post(
      "/api/v1/signup", ["email": "new@example.com", "password": "the password of a new one", "name": "New"])
    try await control.deliver()
    let letters = [
      control.mail.token(.passwordReset, to: "zoe@example.com"),
      control.mail.token(.emailChange, to: "zoe2@example.com"),
      control.mail.token(.signUp, to: "new@example.com"),
    ].compactMap { $0 }
    #expect(letters.count == 3)
    // Letters on their way are sealed, too.
    _ = try await control.post("/api/v1/password/forgot", ["email": "waiting@example.com"])
    let waiting = try await control.query("SELECT count(*) FROM control.mail").only().decode(Int64.self)
    #expect(waiting == 1)
    let sealed = try await control.query("SELECT sealed_seed FROM control.totp").only().decode([UInt8].self)
    let user = try #require(UserID(zoe.id))
    let seed = try control.environment.secretKey.open(sealed, at: TOTPStore.place(user))
    return [
      secret, session, device, half, "the password of a new one", "waiting@example.com", Hexadecimal.encode(seed),
      Base64.encode(seed, .standard),
    ] + codes + codes.map { $0.replacing("-", with: "") } + letters
  }

  /// The private halves, opened.
  private func openedKeys(_ control: ControlFixture) async throws -> [[UInt8]] {
    let signing = try await control.query("SELECT thumbprint, sealed_private_key FROM control.signing_key").decode(
      (String, [UInt8]).self)
    let tokens = try await control.query("SELECT kid, sealed_private_key FROM control.token_key_secret").decode(
      (String, [UInt8]).self)
    let identity = try await control.query("SELECT kid, sealed_private_key FROM control.id_token_key").decode(
      (String, [UInt8]).self)
    let key = control.environment.secretKey
    return try signing.map { try key.open($0.1, at: SigningKeyStore.place($0.0)) }
      + tokens.map { try key.open($0.1, at: TokenKeyStore.place($0.0)) }
      + identity.map { try key.open($0.1, at: IDTokenKeyStore.place($0.0)) }
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

  @Test("no log line at any level holds a secret, a password or an address, whether things go well or not")
  func logs() async throws {
    let log = KeptLog()
    try await withControl(asService: true, logger: log.logger) { control in
      let client = try await OpenIDClient.register(control, [("trusted", true)])
      let secrets = try await accountSecrets(control)
      let ada = try await control.person("ada@example.com")
      let code = try await client.code(ada.token, [("scope", "openid offline_access")])
      let tokens = try await client.exchange(code)
      // What goes wrong is what logs talk about.
      _ = try await client.exchange(code)
      _ = try await client.refresh(TokenFormat.refreshToken.mint())
      _ = try await control.logIn("ada@example.com", "a wrong password of hers")
      _ = try await control.post("/api/v1/signup", ["email": "x\u{0}@example.com", "password": "p", "name": "\u{0}"])
      for path in ["/reset", "/nowhere"] {
        _ = try await control.get("\(path)?token=\(TokenFormat.passwordReset.mint())")
      }
      control.mail.fail(with: MailFailure("the server is away", isPermanent: false))
      _ = try await control.post("/api/v1/password/forgot", ["email": "ada@example.com"])
      _ = try await control.server.courier.pass()
      // A database that refuses says so, with values in its message.
      try await control.environment.database.client.withTransaction { connection in
        try await connection.execute("SET LOCAL ROLE NONE")
        try await connection.execute(
          "ALTER TABLE control.sign_up ADD CONSTRAINT nobody CHECK (email_key = '') NOT VALID")
      }
      let refused = try await control.post(
        "/api/v1/signup",
        ["email": "late@example.com", "password": .string(ControlFixture.password), "name": "Late"])
      #expect(refused.status >= 500)
      let told = log.text
      #expect(told.contains("PostgresError"), "the refusal was logged")
      let all =
        secrets + [
          ControlFixture.password, control.operatorToken, ada.token, code, try tokens.text("access_token"),
          try tokens.text("refresh_token"), try #require(client.secret), "a wrong password of hers", "@example.com",
          "$argon2id$",
        ]
      for secret in all { #expect(!told.contains(secret), "a secret of \(secret.utf8.count) bytes is in the log") }
      for format in TokenFormat.allCases { #expect(!told.contains(format.rawValue), "\(format)") }
    }
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
