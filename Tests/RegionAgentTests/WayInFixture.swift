import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Outbox
import Silo
import Synchronization
import SyncProtocol
import Testing
import Web

@testable import RegionAgent

/// A region as requests come to it: through a gateway or directly, past its routes to an application.
struct WayInFixture {
  let login: LoginFixture
  let router: Router<WebContext>
  let application: EchoApplication
  let nonces: ForwardNonces
  /// What a manifest says about keys.
  let keys: Keys
  /// The gateway's.
  let key: SigningKey
  let state = ApplicationState(places: 1000, share: 100)

  var region: RegionFixture { login.region }

  final class Keys: Sendable {
    let known = Mutex<[String: KnownKey]>([:])
    func add(_ key: SigningKey, as purpose: KeyPurpose = .forward, _ state: KnownKey.State = .active) {
      let known = KnownKey(key: key.verificationKey, purpose: purpose, state: state)
      self.known.withLock { $0[key.keyid] = known }
    }
  }

  /// Runs `body` in front of an application that answers with what it got, or of none at that address.
  static func with(
    away: Bool = false, paths: String = "/t/{organization}/",
    _ body: @Sendable @escaping (WayInFixture) async throws -> Void
  ) async throws {
    try await RegionFixture.with { region in
      try await region.receiveSite(LoginFixture.url)
      let application = EchoApplication()
      let nonces = ForwardNonces(
        database: region.database, now: WallClock.system.seconds, logger: FakeControl.logger)
      try await application.serving { url in
        try await running(nonces) {
          let login = try LoginFixture(
            region, FakeProvider(), at: "http://127.0.0.1:1", LoginRates(proxies: .none))
          let fixture = try WayInFixture(login, application, nonces, at: away ? "http://127.0.0.1:1" : url, paths)
          try await body(fixture)
          fixture.forwarder.shutdown()
        }
      }
    }
  }

  private let forwarder: Forwarder

  private init(
    _ login: LoginFixture, _ application: EchoApplication, _ nonces: ForwardNonces, at url: String, _ paths: String
  ) throws {
    self.login = login
    self.application = application
    let keys = Keys()
    self.keys = keys
    key = try SigningKey(purpose: .forward)
    keys.add(key)
    self.nonces = nonces
    forwarder = Forwarder(authorities: try OutboundAuthorities(.system))
    router = Router<WebContext>.withProblems()
    router.add(
      middleware: GatewayEntrance(
        region: login.region.region, silo: try #require(SiloNumber(7)), nonces: nonces, knowledge: login.knowledge,
        now: WallClock.system.seconds
      ) { keyid in keys.known.withLock { $0[keyid] } })
    var upstream = UpstreamConfiguration(target: try #require(ForwardTarget(url)))
    upstream.organizations = try #require(OrganizationPaths(paths))
    router.add(
      middleware: ApplicationFallback(
        upstream, forwarder: forwarder, passage: login.passage, proxies: .none, state: state))
    OrganizationAPI(
      database: login.region.database, authenticator: Authenticator(region: login.region.region),
      sites: RegionSites(region: login.region.region), age: .byClock(WallClock.system.seconds)
    ).addRoutes(to: router)
    IdentityKeyRoutes(database: login.region.database, now: WallClock.system.seconds).add(to: router)
  }

  private static func running(
    _ nonces: ForwardNonces, _ body: @Sendable @escaping () async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        do { try await nonces.run() } catch is CancellationError {}
        return false
      }
      group.addTask {
        try await body()
        return true
      }
      defer { group.cancelAll() }
      while let isDone = try await group.next(), !isDone {}
    }
  }

  /// A request as a client sends it to the region itself.
  func direct(
    _ method: HTTPRequest.Method, _ path: String, token: String? = nil, body: JSONValue? = nil,
    headers: HTTPFields = [:]
  ) async throws -> Answer {
    try await Answer.of(router, method, path, token: token, body: body, headers: headers)
  }

  /// What a gateway signed.
  struct Routing {
    var organization: OrganizationID?
    var generation: Int64 = 1
    var audience = "region:7"
    var created = WallClock.system.seconds()
    var nonce = Nonce.random()
    var key: SigningKey?
    /// What the signature is about, if it is not the request.
    var method: String?
    var path: String?
  }

  /// The same through a gateway.
  func routed(
    _ method: HTTPRequest.Method, _ path: String, _ routing: Routing, token: String? = nil, body: JSONValue? = nil,
    headers: HTTPFields = [:]
  ) async throws -> Answer {
    var headers = headers
    for field in try fields(method, path, routing) { headers[field.name] = field.value }
    return try await Answer.of(router, method, path, token: token, body: body, headers: headers)
  }

  /// The fields that a gateway adds.
  func fields(_ method: HTTPRequest.Method, _ path: String, _ routing: Routing) throws -> HTTPFields {
    let target = (routing.path ?? path).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let signed = try SignedForward(
      method: routing.method ?? method.rawValue, path: String(target[0]),
      query: target.count > 1 ? String(target[1]) : "", audience: routing.audience,
      routing: try #require(
        ForwardRouting(
          organization: routing.organization?.description,
          generation: routing.organization == nil ? 0 : routing.generation, client: "203.0.113.9", request: "r-1")),
      key: routing.key ?? key, created: routing.created, nonce: routing.nonce)
    var headers = HTTPFields()
    for line in signed.fields.lines { headers[try #require(HTTPField.Name(line.name))] = line.value }
    return headers
  }

  /// What `Atoll-Identity` of the last request says to the application, verified by the key that the region publishes.
  func identity() throws -> VerifiedJWT {
    let seen = try #require(application.seen.withLock { $0.last })
    let verifier = JWTVerifier(
      profile: JWTProfile(
        types: [IdentitySigner.type], algorithms: [.es256], issuer: "atoll:region:eu",
        audience: "atoll:application:eu", longestLifetime: 60), keys: [login.signer.verificationKey.jwt])
    return try verifier.verify(try #require(seen.headers[.atollIdentity]), now: WallClock.system.seconds())
  }
}

/// The product's application: answers with what it was told to and remembers what it got.
final class EchoApplication: RouterMiddleware {
  typealias Context = WebContext

  struct Seen: Sendable {
    let method: String
    let path: String
    let headers: HTTPFields
    let authority: String?
    let body: [UInt8]
  }

  let seen = Mutex<[Seen]>([])
  /// What its answers carry besides.
  let answers = Mutex(HTTPFields())

  var last: Seen? { seen.withLock { $0.last } }
  var count: Int { seen.withLock { $0.count } }

  @concurrent func handle(
    _ request: Request, context: WebContext, next: @concurrent (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    let body = try await request.bytes(limit: 1 << 20)
    seen.withLock {
      $0.append(
        Seen(
          method: request.method.rawValue, path: request.head.path ?? "", headers: request.headers,
          authority: request.head.authority, body: body))
    }
    var response = Response(json: ["application": true])
    for field in answers.withLock({ $0 }) { response.headers.append(field) }
    return response
  }

  /// Serves on a free port while `body` runs.
  func serving(_ body: @Sendable @escaping (_ url: String) async throws -> Void) async throws {
    let router = Router(context: WebContext.self)
    router.add(middleware: self)
    let server = WebServer(router: router, address: WebServer.Address(port: 0), logger: FakeControl.logger)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        do { try await server.run() } catch is CancellationError {}
        return false
      }
      group.addTask {
        try await body("http://127.0.0.1:\(await server.boundPort)")
        return true
      }
      defer { group.cancelAll() }
      while let isDone = try await group.next(), !isDone {}
    }
  }
}
