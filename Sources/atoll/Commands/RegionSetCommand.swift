import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll region set NAME …`: changes a region of the registry while everything runs. Its name and number are for ever.
struct RegionSetCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Change a region: URL, locality, who sees it, what the gateway does with it.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Name of the region.")
  var name: String

  @Option(name: .long, help: "URL under which browsers and clients reach the region.")
  var url: String?

  @Option(name: .long, help: "Residency zone.")
  var locality: String?

  @Option(name: .long, help: "multi_tenant, single_tenant or customer_hosted.")
  var category: String?

  @Flag(inversion: .prefixedNo, help: "Whether people see it where they choose a region.")
  var visible: Bool?

  @Flag(inversion: .prefixedNo, help: "Whether new organizations may be given to it.")
  var acceptsOrganizations: Bool?

  @Flag(inversion: .prefixedNo, help: "Whether an operator must approve its agents' keys.")
  var requiresApproval: Bool?

  @Option(name: .long, help: "What the gateway does with requests for it: allowed, redirect or refused.")
  var gateway: String?

  @Option(name: .long, help: "Least version of the sync protocol that its agents may speak; 0 for no bound.")
  var protocolMin: Int?

  @Option(name: .long, help: "Greatest version of the sync protocol that its agents may speak; 0 for no bound.")
  var protocolMax: Int?

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    var body = JSONObject()
    let texts = [("url", url), ("locality", locality), ("category", category), ("gateway", gateway)]
    for (key, value) in texts { if let value { body[key] = .string(value) } }
    let flags = [
      ("visible", visible), ("accepts_organizations", acceptsOrganizations), ("requires_approval", requiresApproval),
    ]
    for (key, value) in flags { if let value { body[key] = .bool(value) } }
    for (key, value) in [("protocol_min", protocolMin), ("protocol_max", protocolMax)] {
      if let value { body[key] = .integer(Int64(value)) }
    }
    guard !body.members.isEmpty else {
      throw CommandFailure(.usage, "nothing to change", advice: "see atoll region set --help")
    }
    let answer = try await operation.client(settings).call(
      .PATCH, "/api/v1/operator/regions/\(try pathSegment(name))", .object(body))
    return CommandResult(answer.value, lines: ["Region \(name) is changed."] + DirectoryText.lines(answer.value))
  }
}
