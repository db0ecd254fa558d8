import ArgumentParser
import ControlPlane
import Logging
import Outbox
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
    let server = try await ControlServer(
      environment: ControlEnvironment(
        database: SiloDatabase<ControlSilo>(client), secretKey: try SecretKeyFile(directory: directory).load(),
        logger: logger),
      address: WebServer.Address(host: address.host, port: address.port),
      witness: LogWitness(path: directory + "/control.log.witness"))
    try await Servers.run([client, server], untilStandardInputEnds: options.untilStdinCloses, logger: logger)
    return nil
  }
}
