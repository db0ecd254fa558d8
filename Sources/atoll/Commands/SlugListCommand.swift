import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll slug list`: slugs that rest, and those that are reserved.
struct SlugListCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the slugs that rest and those that operators reserved.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(.GET, "/api/v1/operator/slugs")
    let resting = try DirectoryText.table(answer.field("resting"), ["slug", "current", "region", "rests_until"])
    let reserved = try DirectoryText.table(answer.field("reserved"), ["slug", "reason", "reserved_at"])
    return CommandResult(answer.value, lines: ["Resting"] + resting + ["", "Reserved"] + reserved)
  }
}
