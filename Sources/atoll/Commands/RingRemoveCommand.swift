import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll ring remove RING`: removes a ring that no region is in.
struct RingRemoveCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove a ring that no region is in.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Name of the ring.")
  var ring: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .DELETE, "/api/v1/operator/rings/\(try pathSegment(ring))")
    return CommandResult(answer.value, lines: try RolloutText.rings(answer))
  }
}
