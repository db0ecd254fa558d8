import ArgumentParser
import FoundationEssentials
import Logging
import RegionAgent
import Silo
import SyncProtocol

/// `atoll region join URL`: enrolls this machine's agent at control.
struct RegionJoinCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: "Enroll this machine as a region.",
    discussion: "Checks control's manifest against the pin, makes this agent's own key and proves possession of it.")

  @OptionGroup var common: CommonOptions

  @Argument(help: "URL of the control plane.")
  var controlURL: String

  @Option(name: .long, help: "One-time token of `atoll region token`.")
  var token: String?

  @Option(name: .long, help: "File that holds the token.")
  var joinTokenFile: String?

  @Option(name: .long, help: "Fingerprint of control's root: sha256:….")
  var pin: String

  @Option(name: .long, help: "Directory of this region's keys.")
  var data: String?

  @Option(name: .long, help: "Refuse to be any other region.")
  var region: String?

  @OptionGroup var database: DatabaseOptions

  @Flag(name: .long, help: "Accept a control plane in development.")
  var development = false

  var flags: [Setting: String?] {
    [
      .joinToken: token, .joinTokenFile: joinTokenFile, .data: data, .region: region,
      .development: development ? "true" : nil,
    ]
  }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    try SiloPlace.require(.region, settings)
    let directory = try settings.required(.data)
    try DataDirectory.create(directory, mode: 0o700)
    let outcome = try await RegionJoin.run(
      controlURL: controlURL, token: try settings.required(.joinToken), pin: pin, dataDirectory: directory,
      secretKey: try SecretKeyFile(directory: directory).loadOrCreate(), development: try settings.bool(.development),
      expectedRegion: try SiloPlace.region(settings),
      proxies: try settings.proxyRules(environment: ProcessInfo.processInfo.environment), trust: try settings.trust(),
      logger: Logger(label: "join"))
    let state = outcome.state.rawValue
    let json: JSONValue = [
      "region": .string(outcome.name.description), "number": .integer(Int64(outcome.silo.value)),
      "fingerprint": .string(outcome.fingerprint), "state": .string(state),
    ]
    let next =
      state == "pending"
      ? "Next: an operator compares the fingerprint and runs atoll region approve." : "Next: atoll region serve."
    return CommandResult(
      json, lines: ["Joined as region \(outcome.name) (\(state)).", "Agent key \(outcome.fingerprint)", next])
  }
}
