package import Hummingbird
internal import Logging
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
  package let tokenKeys: TokenKeys
  private let routes: ControlRoutes
  private let web: WebServer

  /// - Parameters:
  ///   - environment: holds the database of an initialized control plane.
  ///   - address: where to serve; port 0 asks the system.
  ///   - witness: a file outside the database's data directory that finds out a restored copy.
  /// - Throws: ``ControlError/Code/notInitialized``, ``SealingError`` when the secret key is another, or the database's error.
  package init(
    environment: ControlEnvironment, address: WebServer.Address = .init(port: 0), witness: LogWitness? = nil
  ) async throws {
    self.environment = environment
    let keyring = try await ControlKeyring(environment: environment)
    let hasher = try PasswordHasher(
      workers: environment.limits.passwordWorkers, queue: environment.limits.passwordQueue)
    let cuts = Doorbell()
    let registry = ControlKinds.registry(environment: environment)
    let client = environment.database.client
    let head = Doorbell()
    sequencer = Sequencer(
      client: client, registry: registry, doorbell: environment.doorbell, head: head, name: "control",
      witness: witness, logger: environment.logger)
    let sender = Sender(
      client: client, stream: .control, registry: registry, doorbell: environment.doorbell, head: head,
      logger: environment.logger)
    tokenKeys = TokenKeys(environment: environment)
    maintenance = Maintenance(environment: environment, tokenKeys: tokenKeys)
    let exchange = SyncExchange(
      environment: environment, keyring: keyring, registry: registry, sender: sender, cuts: cuts)
    routes = ControlRoutes(
      environment: environment, exchange: exchange, keyring: keyring, hasher: hasher, tokenKeys: tokenKeys, cuts: cuts)
    let router = Router.withProblems()
    routes.add(to: router)
    WrongSiloRoutes.add(to: router)
    web = WebServer(router: router, address: address, logger: environment.logger)
  }

  /// The port in use. Waits until the server listens.
  package var boundPort: Int { get async { await web.boundPort } }

  /// Sequencer first, server last: it starts last and stops first.
  package func run() async throws {
    let services: [any Service] = [sequencer, maintenance, web]
    let group = ServiceGroup(
      configuration: .init(services: services.map { .init(service: $0) }, logger: environment.logger))
    try await group.run()
  }

  /// Adds every route of the control plane, for a server of one's own or a test without sockets; without those that only say that a path is
  /// the other silo's.
  package func addRoutes(to router: Router<WebContext>) { routes.add(to: router) }
}
