import ArgumentParser
import Logging
import Outbox
import RegionAgent
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

  var flags: [Setting: String?] { options.flags.merging([.region: region]) { $1 } }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    try SiloPlace.require(.region, settings)
    let directory = try settings.required(.data)
    let address = try SiloPlace.address(settings, default: "127.0.0.1:8401")
    let client = try Database.client(settings)
    let logger = Logger(label: "region")
    let server = try RegionServer(
      database: SiloDatabase<RegionSilo>(client),
      configuration: RegionConfiguration(
        dataDirectory: directory, secretKey: try SecretKeyFile(directory: directory).load(),
        address: WebServer.Address(host: address.host, port: address.port),
        expectedRegion: try SiloPlace.region(settings), development: try settings.bool(.development)),
      logger: logger)
    try await Servers.run([client, server], untilStandardInputEnds: options.untilStdinCloses, logger: logger)
    return nil
  }
}
