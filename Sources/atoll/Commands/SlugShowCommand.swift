import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll slug show SLUG`: everything about one slug.
struct SlugShowCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show who has a slug, and whether it rests or is reserved.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "The slug.")
  var name: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .GET, "/api/v1/operator/slugs/\(try pathSegment(name))")
    return CommandResult(answer.value, lines: DirectoryText.lines(answer.value))
  }
}
