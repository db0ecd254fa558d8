package import Hummingbird
internal import Logging
internal import Observability
package import Outbox
internal import Postgres
internal import ServiceLifecycle
internal import Silo
internal import SyncProtocol
package import Web

/// The whole control plane, built from plain values for the command line and tests alike.
///
/// `run()` sequences, serves and tidies. The database's pool runs outside of it, and longer.
package struct ControlServer: Service {
  package let environment: ControlEnvironment
  package let sequencer: Sequencer
  package let maintenance: Maintenance
  package let upkeep: ReplicaUpkeep
  package let tokenKeys: TokenKeys
  /// Hands over what people are written.
  package let courier: Courier
  package let idTokenKeys: IDTokenKeys
  /// What this silo says at a scrape.
  package let measurements: ControlMeasurements
  package let reconciler: Reconciler
  package let rollouts: RolloutMonitor
  /// Tells third-party clients of logins that have ended.
  package let logouts: LogoutAnnouncer
  /// Where everything is, in memory.
  package let map: DirectoryMap
  package let follower: DirectoryFollower
  private let gateway: Gateway
  private let routes: ControlRoutes
  private let web: WebServer

  /// - Parameters:
  ///   - environment: holds the database of an initialized control plane.
  ///   - address: where to serve; port 0 asks the system.
  ///   - certificates: serves HTTPS; plain HTTP without.
  ///   - witness: a file outside the database's data directory that finds out a restored copy.
  /// - Throws: ``ControlError/Code/notInitialized``, ``SealingError`` when the secret key is another, or the database's error.
  package init(
    environment: ControlEnvironment, address: WebServer.Address = .init(port: 0),
    certificates: ServerCertificates? = nil, witness: LogWitness? = nil
  ) async throws {
    self.environment = environment
    let keyring = try await ControlKeyring(environment: environment)
    let hasher = try PasswordHasher(
      workers: environment.limits.passwordWorkers, queue: environment.limits.passwordQueue,
      costs: environment.passwordCosts)
    let lanes = RegionLanes(limits: environment.gateway.limits)
    map = DirectoryMap()
    measurements = ControlMeasurements(environment: environment, hasher: hasher, lanes: lanes, map: map)
    let registry = ControlKinds.registry(environment: environment) { keyring.stream }
    upkeep = ReplicaUpkeep(environment: environment, registry: registry)
    let client = environment.database.client
    let head = Doorbell()
    let decoding =
      environment.wakeUp == .decoding
      ? DecodingDoorbell(
        client: client, doorbell: environment.doorbell, observer: environment.observer, logger: environment.logger)
      : nil
    sequencer = Sequencer(
      client: client, registry: registry, doorbell: environment.doorbell, head: head, name: "control",
      witness: witness, decoding: decoding, observer: environment.observer, isTracing: environment.tracer.isEnabled,
      logger: environment.logger)
    let sender = Sender(
      client: client, stream: .control, registry: registry, doorbell: environment.doorbell, head: head,
      observer: environment.observer, logger: environment.logger)
    tokenKeys = TokenKeys(environment: environment)
    courier = Courier(environment: environment)
    idTokenKeys = IDTokenKeys(environment: environment)
    logouts = LogoutAnnouncer(environment: environment, idTokenKeys: idTokenKeys)
    maintenance = Maintenance(
      environment: environment, tokenKeys: tokenKeys, idTokenKeys: idTokenKeys,
      manifests: ManifestService(environment: environment, keyring: keyring))
    let desk = ComparisonDesk()
    reconciler = Reconciler(environment: environment, desk: desk)
    rollouts = RolloutMonitor(environment: environment)
    follower = DirectoryFollower(map: map, environment: environment)
    let exchange = SyncExchange(
      environment: environment, keyring: keyring, registry: registry, sender: sender,
      bulk: BulkSender(client: client, stream: .control, registry: registry, logger: environment.logger), desk: desk)
    gateway = try Gateway(
      environment: environment, map: map, keyring: keyring,
      identity: IdentityService(environment: environment),
      issuer: TokenIssuer(environment: environment, keys: tokenKeys), lanes: lanes)
    routes = ControlRoutes(
      environment: environment, exchange: exchange, registry: registry, keyring: keyring, hasher: hasher,
      tokenKeys: tokenKeys,
      sender: sender, desk: desk, idTokenKeys: idTokenKeys, pages: try Pages(site: environment.site), map: map,
      gateway: gateway)
    let router = Router.withProblems(
      observer: environment.webObserver, tracer: environment.tracer, crossOrigin: environment.gateway.crossOrigin)
    routes.add(to: router)
    WrongSiloRoutes.add(to: router)
    web = WebServer(router: router, address: address, certificates: certificates, logger: environment.logger)
  }

  /// The port in use. Waits until the server listens.
  package var boundPort: Int { get async { await web.boundPort } }

  /// Sequencer first, server last: it starts last and stops first.
  package func run() async throws {
    let services: [any Service] = [
      sequencer, HeadWatch(sequencer), maintenance, upkeep, courier, logouts, reconciler, rollouts, follower,
      gateway.authorities, web,
    ]
    let group = ServiceGroup(
      configuration: .init(services: services.map { .init(service: $0) }, logger: environment.logger))
    defer { gateway.shutdown() }
    try await group.run()
  }

  /// Adds every route of the control plane, for a server of one's own or a test without sockets; without those that only say that a path is
  /// the other silo's.
  package func addRoutes(to router: Router<WebContext>) { routes.add(to: router) }
}
