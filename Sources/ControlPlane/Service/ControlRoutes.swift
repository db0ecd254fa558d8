internal import Hummingbird
internal import Outbox
internal import Web

/// Every route of the control plane.
struct ControlRoutes: Sendable {
  let environment: ControlEnvironment
  let exchange: SyncExchange
  let keyring: ControlKeyring
  let hasher: PasswordHasher
  let tokenKeys: TokenKeys
  let cuts: Doorbell

  func add(to router: Router<WebContext>) {
    router.addMiddleware { StorageProblems() }
    let clock = WallClock { environment.seconds }
    SyncRoutes(exchange: exchange, keyring: keyring, clock: clock, logger: environment.logger).add(to: router)
    HealthRoutes(environment: environment).add(to: router)
    let identity = IdentityService(environment: environment, hasher: hasher)
    let authentication = Authentication(identity: identity)
    IdentityRoutes(identity: identity, authentication: authentication).add(to: router)
    let registry = RegionRegistry(environment: environment, cuts: cuts)
    OrganizationRoutes(
      directory: OrganizationDirectory(environment: environment),
      acceptance: InvitationAcceptance(environment: environment), registry: registry, authentication: authentication
    ).add(to: router)
    TokenRoutes(
      issuer: TokenIssuer(environment: environment, keys: tokenKeys), authentication: authentication
    ).add(to: router)
    let operators = OperatorService(environment: environment)
    let operatorAuthentication = OperatorAuthentication(operators: operators)
    TokenKeyRoutes(keys: tokenKeys, authentication: operatorAuthentication).add(to: router)
    OperatorRoutes(operators: operators, authentication: operatorAuthentication).add(to: router)
    RegionRoutes(
      registry: registry, status: StatusView(environment: environment), authentication: operatorAuthentication
    ).add(to: router)
  }
}
