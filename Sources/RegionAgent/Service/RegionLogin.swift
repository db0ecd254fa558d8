internal import AsyncHTTPClient
internal import Hummingbird
internal import Logging
internal import Observability
internal import Outbox
internal import ServiceLifecycle
internal import Silo
internal import SyncProtocol
internal import Web

/// Everything that decides who asks in a region, put together: the API's authenticator, logins, the listener for proxies, and what keeps them
/// current.
struct RegionLogin: Sendable {
  let knowledge: Knowledge
  let age: KnowledgeAge
  private let database: SiloDatabase<RegionSilo>
  private let region: RegionName
  private let clock: WallClock
  private let sites: RegionSites
  private let used = UseRecorder()
  private let signer: IdentitySigner
  private let provider: ControlProvider
  private let applied: Doorbell
  private let rates: LoginRates
  private let auditDays: Int
  private let strictTransport: StrictTransport
  private let hurry: @Sendable () -> Void
  private let logger: Logger

  /// - Parameters:
  ///   - applier: brings what decisions rest on.
  ///   - configuration: whose word about a browser's address counts, for how long the trail is kept and browsers keep to TLS, and the clock.
  /// - Throws: ``RegionError`` when the system has no randomness.
  init(
    identity: RegionIdentity, database: SiloDatabase<RegionSilo>, applier: Applier, configuration: RegionConfiguration,
    logger: Logger
  ) throws(RegionError) {
    guard let signer = IdentitySigner(region: identity.name) else {
      throw RegionError(.noRandomness, "the system gives no random bytes: no key could be made")
    }
    self.signer = signer
    self.database = database
    clock = configuration.clock
    auditDays = configuration.auditDays
    strictTransport = configuration.strictTransport
    self.logger = logger
    region = identity.name
    sites = RegionSites(region: identity.name)
    knowledge = Knowledge(database: database)
    provider = ControlProvider(identity: identity, clock: clock)
    applied = applier.applied
    rates = LoginRates(proxies: configuration.trustedProxies)
    hurry = { applier.hurry() }
    age = Self.age(applier, clock)
  }

  /// By what this process applied itself where it did, which asks no clock; by the clock for what others applied, or an earlier process.
  private static func age(_ applier: Applier, _ clock: WallClock) -> KnowledgeAge {
    let byClock = KnowledgeAge.byClock(clock.seconds)
    return KnowledgeAge { completeAsOf in
      let status = applier.status
      guard let known = status.knownSince, let own = status.lanes[.priority]?.completeAsOf, own >= completeAsOf ?? 0
      else {
        return byClock(completeAsOf)
      }
      return max(0, known.duration(to: .now) / .seconds(1))
    }
  }

  /// Gives logins their way to control.
  func open(_ http: HTTPClient, authorities: OutboundAuthorities) { provider.open(http, authorities: authorities) }

  /// What has to be there before anything is served.
  func prepare() async throws { try await keeper.publish() }

  var services: [any Service] {
    [ChangeListener(knowledge: knowledge, database: database, logger: logger), keeper]
  }

  private var keeper: LoginKeeper {
    LoginKeeper(
      database: database, signer: signer, used: used, auditDays: auditDays, now: clock.seconds, logger: logger)
  }

  private var authenticator: Authenticator {
    Authenticator(region: region, now: clock.seconds, used: used, behind: hurry)
  }

  func organizations(limits: OrganizationLimits, tracer: Tracer, committed: @escaping @Sendable () -> Void)
    -> OrganizationAPI
  {
    OrganizationAPI(
      database: database, authenticator: authenticator, sites: sites, age: age, limits: limits, tracer: tracer,
      committed: committed)
  }

  /// Whether requests may pass to the application, and as whom.
  var passage: Passage {
    Passage(
      database: database, knowledge: knowledge, authenticator: authenticator, sites: sites, age: age, signer: signer,
      now: clock.seconds)
  }

  /// What browsers and the application ask on the region's own host.
  ///
  /// - Parameter servesStart: see ``LoginRoutes/add(to:servesStart:)``.
  func addRoutes(to router: Router<WebContext>, servesStart: Bool) {
    IdentityKeyRoutes(database: database, now: clock.seconds).add(to: router)
    LoginRoutes(
      region: region, database: database, sites: sites, provider: provider,
      service: LoginService(
        region: region, database: database, provider: provider, knowledge: knowledge, applied: applied, hurry: hurry,
        clock: clock),
      clock: clock, rates: rates, strictTransport: strictTransport
    ).add(to: router, servesStart: servesStart)
  }

  /// What proxies ask, on an address that no client reaches.
  func verifier(at address: WebServer.Address, observer: WebObserver) -> WebServer {
    let router = Router<WebContext>.withProblems(observer: observer)
    VerifyRoutes(passage: passage).add(to: router)
    IdentityKeyRoutes(database: database, now: clock.seconds).add(to: router)
    HealthRoutes(silo: SiloMode.region.rawValue) { HealthReport(checks: []) }.add(to: router)
    return WebServer(router: router, address: address, logger: logger)
  }
}
