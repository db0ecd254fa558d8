import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll reconcile release REGION`: goes on without a region. What it holds is merged when it comes back.
struct ReconcileReleaseCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "release", abstract: "Go on without the receipts of one region.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Name of the region.")
  var region: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .POST, "/api/v1/operator/reconcile/release", ["region": .string(region)])
    return CommandResult(answer.value, lines: ReconcileText.lines(answer))
  }
}
