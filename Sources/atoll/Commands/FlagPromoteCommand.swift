import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll flag promote NAME`: releases the revision under way to the next ring.
struct FlagPromoteCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Release the revision under way to the next ring.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions
  @OptionGroup var item: FlagOptions

  @Flag(name: .long, help: "Also when the ring has not soaked or not every region confirmed.")
  var skipSoak = false

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .POST, try item.path("promote"), ["skip_soak": .bool(skipSoak)])
    return CommandResult(answer.value, lines: RolloutText.rollout(answer, of: item.name))
  }
}
