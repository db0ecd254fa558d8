import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll flag status NAME`: revisions, the rollout, and ring by ring who has what.
struct FlagStatusCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show a flag's revisions and where its rollout stands.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions
  @OptionGroup var item: FlagOptions

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(.GET, try item.path())
    return CommandResult(answer.value, lines: try RolloutText.status(answer))
  }
}
