import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll reconcile finish`: goes on without every region that has not answered.
struct ReconcileFinishCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "finish", abstract: "Go on without every region that has not returned its receipts.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(.POST, "/api/v1/operator/reconcile/finish", [:])
    return CommandResult(answer.value, lines: ReconcileText.lines(answer))
  }
}
