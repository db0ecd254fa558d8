import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll flag halt NAME`: the rollout goes no further. Rings that have the revision keep it.
struct FlagHaltCommand: AtollCommand {
  static let configuration = CommandConfiguration(commandName: "halt", abstract: "Stop a rollout where it is.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions
  @OptionGroup var item: FlagOptions

  @Option(name: .long, help: "Why, for those who look later.")
  var reason = ""

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .POST, try item.path("halt"), ["reason": .string(reason)])
    return CommandResult(answer.value, lines: RolloutText.rollout(answer, of: item.name))
  }
}
