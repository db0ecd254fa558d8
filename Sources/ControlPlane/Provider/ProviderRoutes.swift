internal import Hummingbird
internal import Silo
internal import Web

/// Every route of the OpenID provider.
struct ProviderRoutes: Sendable {
  private let authorization: AuthorizationEndpoint
  private let token: TokenEndpoint
  private let userInfo: UserInfoEndpoint
  private let revocation: RevocationEndpoint
  private let logout: LogoutEndpoint
  private let discovery: ProviderDiscovery
  private let origins: CrossOrigin
  private let clients: ClientRoutes
  private let applications: ApplicationRoutes

  init(
    environment: ControlEnvironment, pages: Pages, tokenKeys: TokenKeys, idTokenKeys: IDTokenKeys,
    authentication: Authentication, operators: OperatorAuthentication
  ) {
    let limits = environment.limits.provider
    let sessions = BrowserSessions(environment: environment)
    let shown = ProviderPages(pages: pages, sessions: sessions)
    let hints = LogoutHints(environment: environment, idTokenKeys: idTokenKeys)
    let mint = TokenMint(environment: environment, tokenKeys: tokenKeys, idTokenKeys: idTokenKeys)
    let known = ClientAuthentication(environment: environment)
    let addresses = RequestRates(rate: limits.tokenRate, burst: limits.tokenBurst, maximum: limits.rateKeys)
    origins = CrossOrigin(environment: environment)
    authorization = AuthorizationEndpoint(
      environment: environment, sessions: sessions, pages: shown,
      issuer: AuthorizationIssuer(environment: environment), hints: hints,
      rates: RequestRates(rate: limits.authorizeRate, burst: limits.authorizeBurst, maximum: limits.rateKeys))
    let endpoint = ClientEndpoint(
      environment: environment, authentication: known, origins: origins, addresses: addresses)
    token = TokenEndpoint(
      environment: environment, endpoint: endpoint, codes: CodeExchange(environment: environment, mint: mint),
      refreshes: RefreshExchange(environment: environment, mint: mint),
      clients: RequestRates(rate: limits.tokenRate, burst: limits.tokenBurst, maximum: limits.rateKeys))
    userInfo = UserInfoEndpoint(environment: environment, origins: origins)
    revocation = RevocationEndpoint(environment: environment, endpoint: endpoint)
    logout = LogoutEndpoint(environment: environment, sessions: sessions, pages: shown, hints: hints)
    discovery = ProviderDiscovery(environment: environment, idTokenKeys: idTokenKeys, origins: origins)
    clients = ClientRoutes(
      clients: ClientService(environment: environment, idTokenKeys: idTokenKeys), idTokenKeys: idTokenKeys,
      authentication: operators)
    applications = ApplicationRoutes(
      applications: Applications(environment: environment), authentication: authentication)
  }

  /// - Parameters:
  ///   - router: gets what programs ask; refusals are documents.
  ///   - pages: gets what people are sent to; refusals are pages.
  func add(to router: Router<WebContext>, pages: RouterGroup<WebContext>) {
    pages.get(RouterPath(ProviderPath.authorize)) { request, _ in try await authorization.get(request) }
    pages.post(RouterPath(ProviderPath.authorize)) { request, _ in try await authorization.post(request) }
    pages.post(RouterPath(ProviderPath.consent)) { request, _ in try await authorization.consent(request) }
    pages.get(RouterPath(ProviderPath.logout)) { request, _ in try await logout.get(request) }
    pages.post(RouterPath(ProviderPath.logout)) { request, _ in try await logout.post(request) }
    pages.post(RouterPath(ProviderPath.confirmLogout)) { request, _ in try await logout.confirm(request) }
    router.get(RouterPath(ProviderPath.discovery)) { request, _ in try await discovery.configuration(request) }
    router.get(RouterPath(ProviderPath.keys)) { request, _ in try await discovery.keySet(request) }
    router.post(RouterPath(ProviderPath.token)) { request, context in try await token.post(request, context) }
    router.get(RouterPath(ProviderPath.userInfo)) { request, _ in try await userInfo.answer(request) }
    router.post(RouterPath(ProviderPath.userInfo)) { request, _ in try await userInfo.answer(request) }
    router.post(RouterPath(ProviderPath.revoke)) { request, context in try await revocation.post(request, context) }
    for path in [
      ProviderPath.discovery, ProviderPath.keys, ProviderPath.token, ProviderPath.userInfo, ProviderPath.revoke,
    ] {
      router.on(RouterPath(path), method: .options) { request, _ in try await origins.preflight(request) }
    }
    clients.add(to: router)
    applications.add(to: router)
  }
}
