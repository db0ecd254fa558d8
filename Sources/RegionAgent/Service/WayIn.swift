internal import Hummingbird
internal import Logging
internal import ServiceLifecycle
internal import Silo
internal import SyncProtocol
internal import Outbox
internal import Web

/// How requests come to a region's routes and past them: what gateways routed here is checked first, and what no route answers goes to the application.
struct WayIn: Sendable {
  /// Whether the application answers; nil where there is none.
  let application: ApplicationState?
  private let entrance: GatewayEntrance
  private let nonces: ForwardNonces
  private let fallback: ApplicationFallback?
  private let forwarder: Forwarder?
  /// Who vouches for the application; nil where there is none.
  private let authorities: OutboundAuthorities?

  /// - Parameter key: what the trusted manifest says about the key with a thumbprint.
  /// - Throws: when the certificates of authorities cannot be read.
  init(
    identity: RegionIdentity, database: SiloDatabase<RegionSilo>, login: RegionLogin,
    configuration: RegionConfiguration, logger: Logger, key: @escaping @Sendable (_ keyid: String) async -> KnownKey?
  ) throws {
    nonces = ForwardNonces(database: database, now: configuration.clock.seconds, logger: logger)
    entrance = GatewayEntrance(
      region: identity.name, silo: identity.silo, nonces: nonces, knowledge: login.knowledge,
      now: configuration.clock.seconds, key: key)
    guard let upstream = configuration.upstream else {
      (application, fallback, forwarder, authorities) = (nil, nil, nil, nil)
      return
    }
    let authorities = try OutboundAuthorities(upstream.trust, logger: logger)
    let forwarder = Forwarder(authorities: authorities)
    self.authorities = authorities
    let state = ApplicationState()
    self.forwarder = forwarder
    application = state
    fallback = ApplicationFallback(
      upstream, forwarder: forwarder, passage: login.passage, proxies: configuration.trustedProxies, state: state)
  }

  /// Before any route is added.
  func addEntrance(to router: Router<WebContext>) { router.add(middleware: entrance) }

  /// After everything else, so that what other middleware does for a request is done for one that goes on to the application too.
  func addFallback(to router: Router<WebContext>) {
    if let fallback { router.add(middleware: fallback) }
  }

  var services: [any Service] { [nonces] + [authorities].compactMap { $0 } }

  /// Once nothing serves any more.
  func close() { forwarder?.shutdown() }
}
