internal import Hummingbird
internal import Outbox
internal import Silo
internal import Web

/// Every route of the control plane.
struct ControlRoutes: Sendable {
  let environment: ControlEnvironment
  let exchange: SyncExchange
  let registry: KindRegistry
  let keyring: ControlKeyring
  let hasher: PasswordHasher
  let tokenKeys: TokenKeys
  let sender: Sender
  let desk: ComparisonDesk
  let idTokenKeys: IDTokenKeys
  let pages: Pages
  let map: DirectoryMap
  let gateway: Gateway

  func add(to router: Router<WebContext>) {
    if let value = environment.strictTransport.value(for: environment.site.url) {
      router.addMiddleware { StrictTransportMiddleware(value: value) }
    }
    addAll(to: router)
  }

  private func addAll(to router: Router<WebContext>) {
    let syncTokens = ControlSyncTokens(environment: environment, keyring: keyring, registry: registry)
    router.addMiddleware {
      StorageProblems()
      GatewayMiddleware(gateway: gateway)
      SyncTokenMiddleware(
        desk: syncTokens, limits: environment.limits.syncTokens, observer: environment.webObserver,
        client: { [proxies = environment.trustedProxies] in proxies.caller(of: $0, $1) },
        applies: { $0.hasPrefix("/api/v1/") })
    }
    let clock = WallClock { environment.seconds }
    SyncRoutes(
      exchange: exchange, keyring: keyring, clock: clock, limits: environment.limits.sync,
      observer: environment.webObserver, logger: environment.logger
    ).add(to: router)
    let readiness = ControlReadiness(environment: environment)
    HealthRoutes(silo: SiloMode.control.rawValue) { await readiness.report() }.add(to: router)
    let accounts = Accounts(environment: environment, hasher: hasher)
    let authentication = Authentication(identity: accounts.identity)
    AccountRoutes(environment: environment, accounts: accounts, authentication: authentication).add(to: router)
    let registry = RegionRegistry(environment: environment) { [sender] in await sender.interrupt($0.silo) }
    let directory = OrganizationDirectory(environment: environment)
    let slugs = SlugDirectory(environment: environment)
    let acceptance = InvitationAcceptance(environment: environment)
    let tokens = APITokenService(environment: environment, hasher: hasher)
    let site = SiteContext(environment: environment, pages: pages, accounts: accounts)
    router.addMiddleware { LostPages(site: site) }
    OrganizationRoutes(
      directory: directory, slugs: slugs, acceptance: acceptance, registry: registry, authentication: authentication
    ).add(to: router)
    SiteRoutes(
      site: site, directory: directory,
      acceptance: acceptance, registry: registry, tokens: tokens
    ).add(to: router)
    TokenRoutes(
      issuer: TokenIssuer(environment: environment, keys: tokenKeys), authentication: authentication
    ).add(to: router)
    APITokenRoutes(tokens: tokens, authentication: authentication).add(to: router)
    let operators = OperatorService(environment: environment)
    let operatorAuthentication = OperatorAuthentication(operators: operators)
    TokenKeyRoutes(keys: tokenKeys, authentication: operatorAuthentication).add(to: router)
    ProviderRoutes(
      environment: environment, pages: pages, tokenKeys: tokenKeys, idTokenKeys: idTokenKeys,
      authentication: authentication, operators: operatorAuthentication
    ).add(to: router, pages: router.group().add(middleware: PageProblems(site: site)))
    SlugRoutes(slugs: slugs, directory: directory, authentication: operatorAuthentication).add(to: router)
    KeyRoutes(keys: KeyDirectory(environment: environment), authentication: operatorAuthentication).add(to: router)
    RegionChangeRoutes(registry: registry, authentication: operatorAuthentication).add(to: router)
    OperatorRoutes(
      operators: operators, users: UserImport(environment: environment), authentication: operatorAuthentication
    ).add(to: router)
    ReconcileRoutes(
      environment: environment, reconciler: Reconciliations(environment: environment) { keyring.known($0) },
      authentication: operatorAuthentication
    ).add(to: router)
    ManifestRoutes(
      manifests: ManifestService(environment: environment, keyring: keyring), authentication: operatorAuthentication
    ).add(to: router)
    DivergenceRoutes(
      divergence: DivergenceService(environment: environment, desk: desk), authentication: operatorAuthentication
    ).add(to: router)
    RingRoutes(rings: RingDirectory(environment: environment), authentication: operatorAuthentication).add(to: router)
    ReleaseRoutes(releases: Releases(environment: environment), authentication: operatorAuthentication)
      .add(to: router)
    RegionRoutes(
      registry: registry, status: StatusView(environment: environment), authentication: operatorAuthentication
    ).add(to: router)
  }
}
