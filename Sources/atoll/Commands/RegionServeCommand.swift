import ArgumentParser
import FoundationEssentials
import Logging
import Observability
import Outbox
import RegionAgent
import ServiceLifecycle
import Silo
import Web

/// `atoll region serve`: the agent and the organization API of one region.
struct RegionServeCommand: AtollCommand {
  static let configuration = CommandConfiguration(commandName: "serve", abstract: "Run this region.")

  static let processName = "region"

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: ServeOptions

  @Option(name: .long, help: "Refuse to start as any other region (ATOLL_REGION).")
  var region: String?

  @Option(name: .long, help: "The application behind this region: http://HOST:PORT or unix:/PATH (ATOLL_UPSTREAM).")
  var upstream: String?

  var flags: [Setting: String?] { options.flags.merging([.region: region, .upstream: upstream]) { $1 } }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    try SiloPlace.require(.region, settings)
    let directory = try settings.required(.data)
    let address = try SiloPlace.address(settings, default: "127.0.0.1:8401")
    let client = try Database.client(settings)
    let logger = Logger(label: "region")
    let telemetry = Telemetry(registry: MetricsRegistry(), silo: "region")
    var configuration = RegionConfiguration(
      dataDirectory: directory, secretKey: try SecretKeyFile(directory: directory).load(),
      address: WebServer.Address(host: address.host, port: address.port),
      expectedRegion: try SiloPlace.region(settings), development: try settings.bool(.development))
    configuration.verifyAddress = try SiloPlace.verifyAddress(settings)
    configuration.upstream = try settings.upstream()
    configuration.observer = telemetry.outbox(tracing: .none)
    configuration.tracer = try settings.tracer(service: "atoll.region")
    configuration.webObserver = telemetry.web
    configuration.proxies = try settings.proxyRules(environment: ProcessInfo.processInfo.environment)
    configuration.trustedProxies = try settings.trustedProxyList()
    configuration.origins = try settings.originList()
    configuration.auditDays = try settings.auditDays()
    configuration.strictTransport = try settings.strictTransport()
    configuration.certificates = try settings.certificates(logger: logger)
    configuration.trust = try settings.trust()
    configuration.wakeUp = try settings.choice(.doorbell, default: .poll)
    let server = try RegionServer(
      database: SiloDatabase<RegionSilo>(client), configuration: configuration, logger: logger)
    var services: [any Service] = [client, server]
    if let address = try SiloPlace.metricsAddress(settings, beside: address) {
      let source = Scrape.Source(silo: "region") { await server.measurements() }
      services.append(
        MetricsServer(registry: telemetry.registry, sources: [source], address: address, logger: logger))
    }
    if SnapshotBar.isTerminal { services.append(SnapshotBar(server: server)) }
    try await Servers.run(services, untilStandardInputEnds: options.untilStdinCloses, logger: logger)
    return nil
  }
}
