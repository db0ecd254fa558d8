import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll flag rollback NAME`: every ring returns at once to the last revision that was everywhere.
struct FlagRollbackCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Return every ring at once to the last revision that was everywhere.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions
  @OptionGroup var item: FlagOptions

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(.POST, try item.path("rollback"), [:])
    return CommandResult(answer.value, lines: RolloutText.rollout(answer, of: item.name))
  }
}
