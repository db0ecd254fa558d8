import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll flag resume NAME`: goes on with a halted rollout, despite the regions that speak against it now.
struct FlagResumeCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Go on with a halted rollout, despite the regions that speak against it now.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions
  @OptionGroup var item: FlagOptions

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(.POST, try item.path("resume"), [:])
    return CommandResult(answer.value, lines: RolloutText.rollout(answer, of: item.name))
  }
}
