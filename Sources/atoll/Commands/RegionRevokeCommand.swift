import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll region revoke NAME`.
struct RegionRevokeCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Cut a region off")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Name of the region.")
  var name: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let path = "/api/v1/operator/regions/\(try pathSegment(name))/revoke"
    let answer = try await operation.client(settings).call(.POST, path, [:])
    return CommandResult(answer.value, lines: ["Region \(name) is revoked: its keys are refused at once."])
  }
}
