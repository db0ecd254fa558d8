import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll ring list`: the rings in order, with their regions.
struct RingListCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the rings in order, with their regions.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(.GET, "/api/v1/operator/rings")
    return CommandResult(answer.value, lines: try RolloutText.rings(answer))
  }
}
