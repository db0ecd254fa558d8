import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll slug unreserve SLUG`: anybody may have it again.
struct SlugUnreserveCommand: AtollCommand {
  static let configuration = CommandConfiguration(commandName: "unreserve", abstract: "Take back a reservation.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "The slug.")
  var name: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .DELETE, "/api/v1/operator/slugs/\(try pathSegment(name))/reservation")
    return CommandResult(answer.value, lines: ["\(name) is not reserved any more."])
  }
}
