import ArgumentParser
import ControlPlane
import Logging
import Observability
import Outbox
import ServiceLifecycle
import Silo
import Web

/// `atoll control serve`: the control plane.
struct ControlServeCommand: AtollCommand {
  static let configuration = CommandConfiguration(commandName: "serve", abstract: "Run the control plane.")

  static let processName = "control"

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: ServeOptions

  var flags: [Setting: String?] { options.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    try SiloPlace.require(.control, settings)
    let directory = try settings.required(.data)
    let address = try SiloPlace.address(settings, default: "127.0.0.1:8400")
    let client = try Database.client(settings)
    let logger = Logger(label: "control")
    let telemetry = Telemetry(registry: MetricsRegistry(), silo: "control")
    var environment = ControlEnvironment(
      database: SiloDatabase<ControlSilo>(client), secretKey: try SecretKeyFile(directory: directory).load(),
      logger: logger)
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
    environment.tracer = try settings.tracer(service: "atoll.control")
    environment.observer = telemetry.outbox(tracing: environment.tracer)
    let server = try await ControlServer(
      environment: environment,
      address: WebServer.Address(host: address.host, port: address.port), certificates: certificates,
      witness: LogWitness(path: directory + "/control.log.witness"))
    var services: [any Service] = [client, server]
    if let address = try SiloPlace.metricsAddress(settings, beside: address) {
      let source = Scrape.Source(silo: "control") { await server.measurements.now() }
      services.append(
        MetricsServer(registry: telemetry.registry, sources: [source], address: address, logger: logger))
    }
    try await Servers.run(services, untilStandardInputEnds: options.untilStdinCloses, logger: logger)
    return nil
  }
}
