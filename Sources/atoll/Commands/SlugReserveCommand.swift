import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll slug reserve SLUG`: nobody can claim it.
struct SlugReserveCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "reserve", abstract: "Keep a slug from everybody who does not have it.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "The slug.")
  var name: String

  @Option(name: .long, help: "Why, for other operators.")
  var reason = ""

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .PUT, "/api/v1/operator/slugs/\(try pathSegment(name))/reservation", ["reason": .string(reason)])
    return CommandResult(answer.value, lines: ["\(name) is reserved."])
  }
}
