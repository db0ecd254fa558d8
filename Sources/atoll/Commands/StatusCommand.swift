import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll status`: log, cursors and lag of every region, as control sees them.
struct StatusCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show cursors and lag of every region, lane and direction.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(.GET, "/api/v1/operator/status")
    return CommandResult(answer.value, lines: StatusTable.lines(answer))
  }
}
