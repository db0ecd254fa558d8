import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll flag list`: the items of a ring-gated kind.
struct FlagListCommand: AtollCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the flags.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Option(name: .long, help: "The ring-gated kind: feature_flag or configuration.")
  var kind = "feature_flag"

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let path = try pathSegment(kind.replacing("_", with: "-")).replacing("-", with: "_")
    let answer = try await operation.client(settings).call(.GET, "/api/v1/operator/gated/\(path)")
    return CommandResult(answer.value, lines: RolloutText.items(answer))
  }
}
