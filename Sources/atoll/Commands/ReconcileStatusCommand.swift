import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll reconcile status`: the phase, each region's standing, and receipts that wait for a decision.
struct ReconcileStatusCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show whether control may grant, and whom it waits for.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(.GET, "/api/v1/operator/reconcile")
    return CommandResult(answer.value, lines: ReconcileText.lines(answer))
  }
}
