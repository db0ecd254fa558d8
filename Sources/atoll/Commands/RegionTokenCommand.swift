import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll region token NAME`: lets one agent join as this region, once, within an hour.
struct RegionTokenCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Make a one-time join token for a region.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Name of the region.")
  var name: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let client = try operation.client(settings)
    let answer = try await client.call(.POST, "/api/v1/operator/regions/\(try pathSegment(name))/join-tokens", [:])
    let token = try answer.field("token").string()
    let pin = try answer.optional("pin")?.string() ?? "PIN"
    return CommandResult(
      answer.value,
      lines: [
        "Shown once, valid for an hour. PIN is what atoll control init printed. On the region's machine:",
        "  atoll region join \(client.base) --token \(token) --pin \(pin) --region \(name) --data DIRECTORY",
      ])
  }
}
