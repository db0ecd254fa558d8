import ControlPlane
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Outbox
import Postgres
import Silo
import Synchronization
import SyncProtocol
import TestSupport
import Testing
import Web

/// A clock that tests move.
final class TestClock: Sendable {
  private let offset = Mutex(0.0)

  var now: Date { Date().addingTimeInterval(offset.withLock { $0 }) }
  func advance(_ seconds: Double) { offset.withLock { $0 += seconds } }
}

/// An answer of the API.
struct Answer: Sendable {
  let status: Int
  let headers: HTTPFields
  let bytes: [UInt8]

  /// The body as JSON; null when it is none.
  var json: JSONReader {
    do { return JSONReader(try JSONParser.parse(bytes, limits: JSONLimits(maximumBytes: 1 << 20))) } catch {
      return JSONReader(.null)
    }
  }

  /// The last part of the problem's type.
  var problem: String? {
    do { return try String(json.field("type").string().split(separator: ":").last ?? "") } catch { return nil }
  }

  func text(_ path: String...) throws -> String {
    var reader = json
    for name in path { reader = try reader.field(name) }
    return try reader.string()
  }
}

/// An initialized control plane over a database of its own, asked through its router without a socket.
struct ControlFixture: Sendable {
  let environment: ControlEnvironment
  let server: ControlServer
  let clock: TestClock
  let mail: MemoryMail
  let operatorToken: String
  let pin: String
  /// The roots, which a real server does not have.
  let root: SigningKey
  let recovery: SigningKey
  let client: any TestClientProtocol
  /// Of a server on a socket of the loopback, which is then asked instead of the router.
  var port: Int?

  static let secretBytes = [UInt8](repeating: 7, count: 32)
  static let password = "correct horse battery staple"

  func send(
    _ method: HTTPRequest.Method, _ path: String, token: String? = nil, json: JSONValue? = nil,
    headers extra: [(String, String)] = []
  ) async throws -> Answer {
    var headers = HTTPFields()
    if let token { headers[.authorization] = "Bearer \(token)" }
    if json != nil { headers[.contentType] = "application/json" }
    for (name, value) in extra { if let name = HTTPField.Name(name) { headers[name] = value } }
    return try await raw(method, path, headers: headers, body: json.map { JSONWriter.write($0) })
  }

  func raw(
    _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields, body: [UInt8]?
  ) async throws -> Answer {
    let content = body.map { ByteBuffer(bytes: $0) }
    if let port {
      // A connection for each: the server may end one after a refusal.
      return try await TestClient.withClient(
        host: "127.0.0.1", port: port, configuration: TestClient.Configuration(timeout: .seconds(60))
      ) { socket in
        let answer = try await socket.execute(
          TestClient.Request(path, method: method, authority: "127.0.0.1", headers: headers, body: content))
        return Answer(
          status: Int(answer.status.code), headers: answer.headers,
          bytes: answer.body.map { Array($0.readableBytesView) } ?? [])
      }
    }
    return try await client.execute(
      uri: path, method: method, headers: headers, body: content
    ) { response in
      Answer(
        status: Int(response.status.code), headers: response.headers, bytes: Array(response.body.readableBytesView))
    }
  }

  func post(_ path: String, token: String? = nil, _ json: JSONValue) async throws -> Answer {
    try await send(.post, path, token: token, json: json)
  }

  func get(_ path: String, token: String? = nil) async throws -> Answer { try await send(.get, path, token: token) }

  /// A new account and its session.
  func person(_ email: String, name: String = "Ada") async throws -> (id: String, token: String) {
    let id = try await signUp(email, name: name)
    let login = try await post("/api/v1/login", ["email": .string(email), "password": .string(Self.password)])
    #expect(login.status == 200)
    return (id, try login.text("session_token"))
  }

  /// A new account whose address was verified.
  func signUp(_ email: String, name: String = "Ada") async throws -> String {
    let asked = try await post(
      "/api/v1/signup", ["email": .string(email), "password": .string(Self.password), "name": .string(name)])
    #expect(asked.status == 202)
    try await deliver()
    let address = try EmailAddress(email).text
    let token = try #require(mail.token(.signUp, to: address))
    let made = try await post("/api/v1/signup/verify", ["token": .string(token)])
    #expect(made.status == 201)
    return try made.text("id")
  }

  /// An attempt to log in, from an address of its own if one is given.
  func logIn(
    _ email: String, _ password: String = Self.password, device: String? = nil, from address: String? = nil
  ) async throws -> Answer {
    var body: JSONObject = ["email": .string(email), "password": .string(password)]
    if let device { body["device"] = .string(device) }
    return try await send(
      .post, "/api/v1/login", json: .object(body), headers: address.map { [("X-Forwarded-For", $0)] } ?? [])
  }

  /// Hands over every letter that is due.
  func deliver() async throws { while try await server.courier.pass() > 0 {} }

  /// A new region, not joined.
  func region(_ name: String, _ more: [(String, JSONValue)] = []) async throws -> Answer {
    var body: JSONObject = ["name": .string(name), "url": .string("https://\(name).example.com")]
    for (key, value) in more { body[key] = value }
    return try await post("/api/v1/operator/regions", token: operatorToken, .object(body))
  }

  func query(_ sql: SQL) async throws -> PostgresRows { try await environment.database.client.query(sql) }

  /// Everything committed gets its position.
  func sequence() async throws { try await server.sequencer.catchUp() }
}

/// Lends an initialized control plane to `body`.
///
/// - Parameters:
///   - asService: serves with the rights of the service's role, as installations do, instead of the owner's.
///   - onSocket: listens on a port of the loopback, with everything that stands before the router.
///   - site: the origin that browsers use.
///   - costs: of new passwords.
///   - logger: of everything but the test's own client of the database.
func withControl<Value: Sendable>(
  limits: ControlLimits = ControlLimits(), asService: Bool = false, onSocket: Bool = false,
  outbound: OutboundGuard = OutboundGuard(), site: ControlSite = .local,
  costs: PasswordCosts = .standard, logger: Logger = Logger(label: "test.control"),
  _ body: @Sendable @escaping (ControlFixture) async throws -> Value
) async throws -> Value {
  try await withTestDatabase(migrations: ControlSchema.migrators) { client in
    let clock = TestClock()
    let secretKey = try #require(SecretKey(bytes: ControlFixture.secretBytes))
    var limits = limits
    // Nobody measures here; who does says so.
    if limits.answerPace == ControlLimits().answerPace { limits.answerPace = 0 }
    var configuration = client.configuration
    if asService { configuration.sessionSettings["role"] = "atoll_control_service" }
    let served = PostgresClient(
      configuration: configuration, pool: PoolLimits(maximumConnections: 10), logger: logger)
    var environment = ControlEnvironment(
      database: SiloDatabase(asService ? served : client), secretKey: secretKey, now: { clock.now }, limits: limits,
      logger: logger)
    let mail = MemoryMail()
    environment.mail = MailSettings(transport: mail)
    // A router without sockets has no addresses: what a test says in X-Forwarded-For counts.
    environment.trustedProxies = try #require(TrustedProxies("local"))
    environment.outbound = outbound
    environment.site = site
    environment.passwordCosts = costs
    let root = try SigningKey(purpose: .root)
    let recovery = try SigningKey(purpose: .recovery)
    let made = try await ControlInit.run(
      environment: environment, primaryRoot: root, recoveryRoot: recovery, development: true)
    let server = try await ControlServer(environment: environment)
    let router = Router.withProblems()
    server.addRoutes(to: router)
    let fixed = environment
    let listener =
      onSocket ? WebServer(router: router, address: .init(port: 0), logger: Logger(label: "test.web")) : nil
    return try await Application(router: router, logger: logger).test(.router) { client in
      let fixture = ControlFixture(
        environment: fixed, server: server, clock: clock, mail: mail, operatorToken: made.operatorToken,
        pin: made.pin, root: root, recovery: recovery, client: client)
      guard let listener else { return try await body(fixture) }
      return try await listening(fixture, on: listener, body)
    }
  }
}

private func listening<Value: Sendable>(
  _ fixture: ControlFixture, on server: WebServer, _ body: @Sendable @escaping (ControlFixture) async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      do { try await server.run() } catch is CancellationError {}
    }
    defer { group.cancelAll() }
    var fixture = fixture
    fixture.port = await server.boundPort
    return try await body(fixture)
  }
}
