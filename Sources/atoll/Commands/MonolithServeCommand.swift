import ArgumentParser
import ControlPlane
import Logging
import Observability
import Outbox
import ServiceLifecycle
import Silo
import Web

/// `atoll monolith serve`: both silos in one process. Databases, roles, logs and keys stay two; between them runs the same signed protocol,
/// over loopback, so that a region can move out later without a change of its data.
struct MonolithServeCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Run control and one region in one process.",
    discussion: "Needs `atoll control init` and both migrations. The region joins by itself at the first start.")

  static let processName = "monolith"

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: ServeOptions

  @Option(name: .long, help: "Name of the region.")
  var region: String?

  @Option(name: .long, help: "Directory of the region's keys.")
  var regionData: String?

  @Option(name: .long, help: "File that holds the region's connection string.")
  var regionDatabaseFile: String?

  @Option(name: .long, help: "HOST:PORT of the region.")
  var regionListen: String?

  @Option(name: .long, help: "URL of the region.")
  var regionPublicURL: String?

  var flags: [Setting: String?] {
    options.flags.merging([
      .region: region, .regionData: regionData, .regionDatabaseFile: regionDatabaseFile, .regionListen: regionListen,
      .regionPublicURL: regionPublicURL,
    ]) { $1 }
  }

  /// How the region of this process reaches its control: over loopback, or by the name in its certificate.
  private static func link(_ settings: Settings, _ address: ListenAddress, isSecure: Bool) throws -> String {
    isSecure ? try settings.required(.controlURL) : "http://\(address)"
  }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    try SiloPlace.require(.monolith, settings)
    let directory = try settings.required(.data)
    let address = try SiloPlace.address(settings, default: "127.0.0.1:8400")
    let control = try Database.client(settings)
    let logger = Logger(label: "monolith")
    let metrics = MetricsRegistry()
    let telemetry = Telemetry(registry: metrics, silo: "control")
    var environment = ControlEnvironment(
      database: SiloDatabase<ControlSilo>(control), secretKey: try SecretKeyFile(directory: directory).load(),
      logger: Logger(label: "control"))
    let certificates = try settings.certificates(logger: logger)
    environment.site = try SiloPlace.site(settings, address, isSecure: certificates != nil, logger: logger)
    environment.mail = try settings.mail(directory: directory)
    environment.directoryFile = directory + "/directory.map"
    environment.keyringFile = directory + "/keyring"
    environment.trustedProxies = try settings.trustedProxyList()
    environment.auditDays = try settings.auditDays()
    environment.strictTransport = try settings.strictTransport()
    environment.passwordCosts = try settings.passwordCosts()
    environment.gateway = try settings.gateway()
    environment.outbound = try settings.outboundGuard()
    environment.webObserver = telemetry.web
    environment.wakeUp = try settings.choice(.doorbell, default: .poll)
    let tracer = try settings.tracer(service: "atoll.monolith")
    environment.tracer = tracer
    environment.observer = telemetry.outbox(tracing: tracer)
    let server = try await ControlServer(
      environment: environment,
      address: WebServer.Address(host: address.host, port: address.port), certificates: certificates,
      witness: LogWitness(path: directory + "/control.log.witness"))
    let island = try MonolithRegion(
      settings: settings, controlURL: try Self.link(settings, address, isSecure: certificates != nil),
      controlDirectory: directory, metrics: metrics, tracer: tracer)
    var services: [any Service] = [control, island.client, server, island]
    if let address = try SiloPlace.metricsAddress(settings, beside: address) {
      let sources = [
        Scrape.Source(silo: "control") { await server.measurements.now() },
        Scrape.Source(silo: "region") { await island.measurements() },
      ]
      services.append(MetricsServer(registry: metrics, sources: sources, address: address, logger: logger))
    }
    try await Servers.run(
      services, untilStandardInputEnds: options.untilStdinCloses, logger: logger)
    return nil
  }
}
