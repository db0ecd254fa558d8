import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll slug free SLUG`: ends the rest of a slug that was given up.
struct SlugFreeCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "free", abstract: "End the rest of a former slug: it is no alias any more.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "The slug.")
  var name: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .POST, "/api/v1/operator/slugs/\(try pathSegment(name))/free")
    return CommandResult(answer.value, lines: ["\(name) is free."])
  }
}
