import Logging
import NIOHTTP1
import Observability
import Outbox
import Postgres
import RegionAgent
import ServiceLifecycle
import Silo
import Synchronization
import SyncProtocol
import Web

/// The region of a monolith: waits for the control plane of the same process, joins it once, then serves.
struct MonolithRegion: Service {
  let client: PostgresClient
  private let name: RegionName
  private let directory: String
  private let secretKey: SecretKey
  private let address: ListenAddress
  private let publicURL: String
  private let controlURL: String
  private let controlDirectory: String
  private let development: Bool
  private let verifyAddress: WebServer.Address?
  private let certificates: ServerCertificates?
  private let trust: OutboundTrust
  private let upstream: UpstreamConfiguration?
  private let wakeUp: WakeUp
  private let trustedProxies: TrustedProxies
  private let origins: OriginList
  private let auditDays: Int
  private let strictTransport: StrictTransport
  private let telemetry: Telemetry
  private let tracer: Tracer
  /// The region's server, once it has joined.
  private let started = StartedRegion()

  init(
    settings: Settings, controlURL: String, controlDirectory: String, metrics: MetricsRegistry, tracer: Tracer
  ) throws {
    self.tracer = tracer
    telemetry = Telemetry(registry: metrics, silo: "region")
    guard let name = try SiloPlace.region(settings) else {
      throw CommandFailure(.configuration, "region is not set", advice: "give \(Setting.region.flag)")
    }
    self.name = name
    self.controlURL = controlURL
    self.controlDirectory = controlDirectory
    directory = try settings.required(.regionData)
    try DataDirectory.create(directory, mode: 0o700)
    secretKey = try SecretKeyFile(directory: directory).loadOrCreate()
    address = try SiloPlace.address(settings, .regionListen, default: "127.0.0.1:8401")
    certificates = try settings.certificates(.regionTLSCertificate, key: .regionTLSKey, logger: Logger(label: "region"))
    trust = try settings.trust()
    publicURL = settings.string(.regionPublicURL) ?? "\(certificates == nil ? "http" : "https")://\(address)"
    development = try settings.bool(.development)
    verifyAddress = try SiloPlace.verifyAddress(settings)
    trustedProxies = try settings.trustedProxyList()
    origins = try settings.originList()
    auditDays = try settings.auditDays()
    strictTransport = try settings.strictTransport()
    upstream = try settings.upstream()
    wakeUp = try settings.choice(.doorbell, default: .poll)
    client = try Database.client(settings, .regionDatabase)
  }

  func run() async throws {
    let logger = Logger(label: "region")
    try await cancelWhenGracefulShutdown { try await self.joinOnce(logger) }
    var configuration = RegionConfiguration(
      dataDirectory: directory, secretKey: secretKey,
      address: WebServer.Address(host: address.host, port: address.port), expectedRegion: name,
      development: development)
    configuration.verifyAddress = verifyAddress
    configuration.certificates = certificates
    configuration.trust = trust
    configuration.upstream = upstream
    configuration.observer = telemetry.outbox(tracing: .none)
    configuration.tracer = tracer
    configuration.webObserver = telemetry.web
    configuration.wakeUp = wakeUp
    configuration.trustedProxies = trustedProxies
    configuration.origins = origins
    configuration.auditDays = auditDays
    configuration.strictTransport = strictTransport
    let server = try RegionServer(
      database: SiloDatabase<RegionSilo>(client), configuration: configuration, logger: logger)
    started.set(server)
    try await server.run()
  }

  /// What the region says at a scrape; nothing before it has joined.
  func measurements() async -> [OutboxMeasurement] { await started.server?.measurements() ?? [] }

  private final class StartedRegion: Sendable {
    private let state = Mutex<RegionServer?>(nil)

    var server: RegionServer? { state.withLock { $0 } }
    func set(_ server: RegionServer) { state.withLock { $0 = server } }
  }

  /// The operator's steps, taken with the token of the same machine. Each may have been taken by a run that was killed.
  private func joinOnce(_ logger: Logger) async throws {
    guard try RegionIdentityFile(directory: directory, secretKey: secretKey).load() == nil else { return }
    let control = JSONClient(
      base: controlURL, token: try SecretFile(path: "\(controlDirectory)/operator.token").text(maximumBytes: 256),
      trust: trust)
    while await !control.isReady() { try await Task.sleep(for: .milliseconds(50)) }
    let listed = try await control.call(.GET, "/api/v1/operator/regions").field("regions").array(maximum: 4096)
    if try !listed.contains(where: { try $0.field("name").string() == name.text }) {
      _ = try await control.call(
        .POST, "/api/v1/operator/regions", ["name": .string(name.text), "url": .string(publicURL)])
    }
    let token = try await control.call(.POST, "/api/v1/operator/regions/\(name.text)/join-tokens", [:])
    let outcome = try await RegionJoin.run(
      controlURL: controlURL, token: try token.field("token").string(),
      pin: try SecretFile(path: "\(controlDirectory)/root.pin").text(maximumBytes: 256), dataDirectory: directory,
      secretKey: secretKey, development: development, expectedRegion: name, trust: trust, logger: logger)
    if outcome.state == .pending {
      _ = try await control.call(.POST, "/api/v1/operator/regions/\(name.text)/approve", [:])
    }
  }
}
