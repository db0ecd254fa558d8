import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll slug swap SLUG OTHER`: each organization gets the slug of the other.
struct SlugSwapCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "swap", abstract: "Swap the slugs of two organizations at one instant.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "The slug of one organization.")
  var name: String

  @Argument(help: "The slug of the other organization.")
  var other: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .POST, "/api/v1/operator/slugs/\(try pathSegment(name))/swap", ["with": .string(other)])
    return CommandResult(answer.value, lines: ["\(name) and \(other) are swapped."] + DirectoryText.lines(answer.value))
  }
}
