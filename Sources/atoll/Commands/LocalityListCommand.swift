import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll locality list`: residency zones with their regions counted.
struct LocalityListCommand: AtollCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the residency zones.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(.GET, "/api/v1/operator/localities")
    return CommandResult(
      answer.value,
      lines: try DirectoryText.table(answer.field("localities"), ["name", "label", "visible", "regions"]))
  }
}
