import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll control manifest show`
struct ControlManifestShowCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the manifest in force and which regions have not taken it yet.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(.GET, "/api/v1/operator/manifest")
    return CommandResult(answer.value, lines: try ManifestText.lines(answer))
  }
}
