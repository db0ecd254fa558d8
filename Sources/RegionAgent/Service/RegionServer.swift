internal import AsyncHTTPClient
package import Hummingbird
package import Logging
internal import Observability
package import Outbox
package import Postgres
internal import ServiceLifecycle
package import Silo
internal import SyncProtocol
package import Web

/// One region's process, whole: the log of its own rows, the link to control in both directions, the provisioner and the API.
///
/// Built the same for the command line and for tests. Starts and serves without control from its own database; stops gracefully, the
/// server first. Its owner runs the pool of `database`, before and longer.
package final class RegionServer: Service {
  package let identity: RegionIdentity
  private let database: SiloDatabase<RegionSilo>
  private let configuration: RegionConfiguration
  private let owner: PostgresClient?
  private let logger: Logger
  private let link: ControlLink
  private let doorbell = Doorbell()
  private let head = Doorbell()
  private let applier: Applier
  private let sender: Sender
  private let http: WebServer
  private let login: RegionLogin
  private let syncTokens: SyncTokenMiddleware
  private let passes: ProvisionPasses
  /// Answers proxies; nil where none asks.
  private let verifier: WebServer?
  private let wayIn: WayIn

  /// - Parameter owner: migrates the database before the port opens; nil when somebody else does.
  /// - Throws: ``RegionError`` when nothing has joined from the data directory, it joined as another region, or its files are damaged.
  package init(
    database: SiloDatabase<RegionSilo>, configuration: RegionConfiguration, owner: PostgresClient? = nil,
    logger: Logger
  ) throws {
    let file = RegionIdentityFile(directory: configuration.dataDirectory, secretKey: configuration.secretKey)
    let identity = try Self.identity(in: file, configuration)
    let link = try ControlLink(
      identity: identity, file: file, database: database,
      counter: try RequestCounter(directory: configuration.dataDirectory), clock: configuration.clock,
      observer: configuration.webObserver, logger: logger)
    self.identity = identity
    self.database = database
    self.configuration = configuration
    self.owner = owner
    self.logger = logger
    self.link = link
    applier = Applier(
      client: database.client, stream: .control, audience: identity.silo, registry: RegionKinds.registry,
      pace: configuration.receiving,
      observer: RegionTraces(tracer: configuration.tracer, relay: link.traces).observing(configuration.observer),
      recording: { try await link.record($0, on: $1) },
      logger: logger, bulk: { request, limit in try await link.bulk(request, within: limit) }
    ) { request, _ in try await link.pull(request) }
    sender = Sender(
      client: database.client, stream: identity.silo, registry: RegionKinds.registry, doorbell: doorbell, head: head,
      pace: .asAsked, observer: configuration.observer, logger: logger)
    let login = try RegionLogin(
      identity: identity, database: database, applier: applier, configuration: configuration, logger: logger)
    self.login = login
    let passes = ProvisionPasses(wake: applier.applied)
    self.passes = passes
    let positions = AppliedPositions(
      client: database.client, registry: RegionKinds.registry, applied: applier.applied
    ) { [applier] in applier.hurry() }
    let syncTokens = SyncTokenMiddleware(
      desk: RegionSyncTokens(database: database, link: link, positions: positions, passes: passes) { [sender] in
        await sender.hurry(.control)
      },
      limits: configuration.syncTokens, observer: configuration.webObserver,
      client: { [proxies = configuration.trustedProxies] in RoutedRequest.caller(of: $0, $1, proxies: proxies) },
      applies: { !$0.hasPrefix("/api/v1/") && !$0.hasPrefix("/sync/") })
    self.syncTokens = syncTokens
    verifier = configuration.verifyAddress.map { login.verifier(at: $0, observer: configuration.webObserver) }
    let origins = configuration.origins.origins
    let router = Router<WebContext>.withProblems(
      observer: configuration.webObserver, tracer: configuration.tracer,
      crossOrigin: origins.isEmpty ? nil : CrossOriginAPI(below: "/api/0/") { origins.contains($0) })
    router.addMiddleware { LostPages() }
    let wayIn = try WayIn(
      identity: identity, database: database, login: login, configuration: configuration, logger: logger
    ) { await link.manifest.key($0) }
    self.wayIn = wayIn
    wayIn.addEntrance(to: router)
    let status: @Sendable () async throws -> RegionStatus = { [applier] in
      try await Self.status(identity, database, applier, link)
    }
    let readiness = RegionReadiness(
      database: database, application: wayIn.application, logger: logger, status: status)
    HealthRoutes(silo: SiloMode.region.rawValue) { await readiness.report() }.add(to: router)
    StatusAPI(status: status).addRoutes(to: router)
    Self.addRoutes(of: login, to: router, configuration, syncTokens, doorbell: doorbell)
    WrongSiloRoutes.add(to: router)
    wayIn.addFallback(to: router)
    http = WebServer(
      router: router, address: configuration.address, certificates: configuration.certificates, logger: logger)
  }

  /// The port in use. Waits until the server listens.
  package var boundPort: Int { get async { await http.boundPort } }
  /// The port at which proxies ask; nil without one.
  package var boundVerifyPort: Int? { get async { await verifier?.boundPort } }

  /// The region's routes in another server: a monolith's.
  package func addRoutes(to router: Router<WebContext>) {
    Self.addRoutes(of: login, to: router, configuration, syncTokens, doorbell: doorbell)
  }

  /// The snapshot of control's rows that is being taken; nil when none is.
  package func snapshot() async throws -> SnapshotProgress? {
    try await SnapshotProgress.read(of: .control, on: database.client)
  }

  /// How the region stands; `stalled` while its database does not answer: nothing can be applied then.
  private func syncState() async -> SyncState {
    do { return try await status().sync } catch {
      logger.debug("no status", metadata: ["error": "\(error)"])
      return .stalled
    }
  }

  /// What this silo says at a scrape.
  package func measurements() async -> [OutboxMeasurement] {
    var all = await OutboxGauges(client: database.client, stream: identity.silo).measurements()
    let state = await syncState()
    for other in SyncState.allCases {
      all.append(
        OutboxMeasurement(
          .gauge, "atoll_sync_state", "1 for the state of this region as it sees itself.",
          labels: [("state", other.rawValue)], other == state ? 1 : 0))
    }
    return all
  }

  package func status() async throws -> RegionStatus {
    try await Self.status(identity, database, applier, link)
  }

  package func run() async throws {
    try await prepare()
    let proxy = configuration.proxies.proxy(for: identity.controlURL)
    if let proxy { logger.info("control is reached through a proxy", metadata: ["proxy": "\(proxy)"]) }
    let authorities = try OutboundAuthorities(configuration.trust, logger: logger)
    let control = HTTPClient(
      eventLoopGroupProvider: .singleton,
      configuration: SyncClient.configuration(
        for: identity.controlURL, through: proxy, trust: configuration.trust))
    let applications = HostClients { SyncClient.configuration }
    await link.open(control, authorities: authorities)
    login.open(control, authorities: authorities)
    let services = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [.init(service: authorities)] + services(telling: applications), logger: logger))
    do {
      try await services.run()
    } catch {
      wayIn.close()
      try await control.shutdown()
      try await applications.shutdown()
      throw error
    }
    wayIn.close()
    await link.bye()
    try await control.shutdown()
    try await applications.shutdown()
  }

  /// Started in this order and stopped in the reverse.
  private func services(telling applications: HostClients) -> [ServiceGroupConfiguration.ServiceConfiguration] {
    let decoding =
      configuration.wakeUp == .decoding
      ? DecodingDoorbell(
        client: database.client, doorbell: doorbell, observer: configuration.observer, logger: logger)
      : nil
    let sequencer = Sequencer(
      client: database.client, registry: RegionKinds.registry, doorbell: doorbell, head: head,
      pace: configuration.sequencing, name: "region:\(identity.name)",
      witness: LogWitness(path: configuration.dataDirectory + "/log.witness"), decoding: decoding,
      observer: RegionTraces(tracer: configuration.tracer, relay: link.traces).observing(configuration.observer),
      isTracing: configuration.tracer.isEnabled, logger: logger)
    let provisioner = Provisioner(
      database: database, applied: applier.applied, committed: { [doorbell] in doorbell.ring() },
      limits: configuration.provisioning, passes: passes, logger: logger)
    let bulk = BulkPusher(
      link: link,
      sender: BulkSender(
        client: database.client, stream: identity.silo, registry: RegionKinds.registry, logger: logger),
      logger: logger)
    let pusher = Pusher(
      link: link, sender: sender, bulk: bulk,
      traces: RegionTraces(tracer: configuration.tracer, relay: link.traces, database: database), logger: logger)
    let webhooks = WebhookDispatcher(
      client: database.client, registry: RegionKinds.registry, box: RegionWebhooks.box(configuration.secretKey),
      clients: { try applications.client(for: $0) }, applied: applier.applied, observer: configuration.observer,
      logger: logger)
    let comparisons = ComparisonAnswerer(
      link: link,
      comparer: Comparer(
        client: database.client, own: identity.silo, registry: RegionKinds.registry, doorbell: doorbell),
      database: database, logger: logger)
    var ordered: [any Service] = [
      sequencer, HeadWatch(sequencer), provisioner, webhooks, applier, pusher, bulk, comparisons,
    ]
    ordered += login.services + wayIn.services + [verifier, http].compactMap { $0 }
    return ordered.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
  }

  /// Migrates and declares, however long the database takes to come: nothing is served before.
  private func prepare() async throws {
    var backOff = BackOff(seed: UInt64.random(in: .min ... .max))
    while true {
      do {
        if let owner { try await RegionSchema.migrate(owner) }
        try await KindStore.prepare(RegionKinds.registry, on: database.client)
        return try await login.prepare()
      } catch let error as PostgresError where Problem.storage(error) != nil {
        logger.warning("waiting for the database", metadata: ["error": "\(error)"])
        try await Task.sleep(for: .milliseconds(backOff.next()))
      }
    }
  }

  private static func identity(
    in file: RegionIdentityFile, _ configuration: RegionConfiguration
  ) throws(RegionError) -> RegionIdentity {
    guard let identity = try file.load() else {
      throw RegionError(.notJoined, "\(configuration.dataDirectory) holds no identity: run `atoll region join` first")
    }
    if let expected = configuration.expectedRegion, expected != identity.name {
      throw RegionError(
        .regionMismatch,
        "configured as region \(expected), but \(configuration.dataDirectory) joined as \(identity.name)")
    }
    return identity
  }

  private static func addRoutes(
    of login: RegionLogin, to router: Router<WebContext>, _ configuration: RegionConfiguration,
    _ syncTokens: SyncTokenMiddleware, doorbell: Doorbell
  ) {
    router.addMiddleware { syncTokens }
    login.organizations(
      limits: configuration.organizations, tracer: configuration.tracer, committed: { doorbell.ring() }
    ).addRoutes(to: router)
    login.addRoutes(to: router, servesStart: configuration.upstream == nil)
  }

  private static func status(
    _ identity: RegionIdentity, _ database: SiloDatabase<RegionSilo>, _ applier: Applier, _ link: ControlLink
  ) async throws -> RegionStatus {
    let applied = applier.status
    let staleness = applied.knownSince.map { ($0.duration(to: .now)) / .seconds(1) }
    let state = await link.state
    return try await database.withTransaction(.repeatableRead(readOnly: true)) { connection in
      var down = try await StatusStore.down(on: connection)
      for index in down.indices {
        down[index].lagSeconds = staleness
        down[index].head = max(down[index].head, applied.heads[down[index].lane]?.value ?? 0)
      }
      return RegionStatus(
        region: identity.name, silo: identity.silo, connection: state, fingerprint: identity.fingerprint,
        log: try await LogPositionStore.own(on: connection), freshnessSeconds: staleness,
        quarantined: try await StatusStore.quarantined(on: connection),
        lanes: down + (try await StatusStore.up(on: connection)),
        snapshot: try await SnapshotProgress.all(on: connection.connection).first { $0.stream == .control })
    }
  }
}
