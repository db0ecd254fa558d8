import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll region create NAME --url URL`: enters a region in the registry.
struct RegionCreateCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Enter a region in control's registry.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Name: a DNS label, such as eu.")
  var name: String

  @Option(name: .long, help: "URL under which browsers and clients reach the region.")
  var url: String

  @Option(name: .long, help: "multi_tenant, single_tenant or customer_hosted.")
  var category = "multi_tenant"

  @Option(name: .long, help: "Residency zone; the region's name unless given.")
  var locality: String?

  @Option(name: .long, help: "What of a person the region may hold: full, name (no address) or minimal.")
  var residencyTier: String?

  @Option(name: .long, help: "The number that the region had, after a restore of control that forgot it.")
  var number: Int?

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    var body: JSONObject = [
      "name": .string(name), "url": .string(url), "category": .string(category), "locality": .string(locality ?? name),
    ]
    if let number { body["number"] = .integer(Int64(number)) }
    if let residencyTier { body["residency_tier"] = .string(residencyTier) }
    let answer = try await operation.client(settings).call(.POST, "/api/v1/operator/regions", .object(body))
    return CommandResult(
      answer.value,
      lines: ["Region \(name) is in the registry.", "Next: atoll region token \(name), then atoll region join there."])
  }
}
