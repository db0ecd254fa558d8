import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll region approve NAME --fingerprint …`: admits exactly the key that was compared, whatever else waits.
struct RegionApproveCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve", abstract: "Admit a region's agent after comparing its fingerprint.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Name of the region.")
  var name: String

  @Option(name: .long, help: "Fingerprint that `atoll region join` printed on the region's machine.")
  var fingerprint: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let path = "/api/v1/operator/regions/\(try pathSegment(name))/approve"
    let answer = try await operation.client(settings).call(.POST, path, ["fingerprint": .string(fingerprint)])
    return CommandResult(answer.value, lines: ["Region \(name) is approved."])
  }
}
