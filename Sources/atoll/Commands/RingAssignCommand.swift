import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll ring assign REGION RING`: puts a region into a ring. It is told at once what that ring has.
struct RingAssignCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "assign", abstract: "Put a region into a ring.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Name of the region.")
  var region: String

  @Argument(help: "Name of the ring.")
  var ring: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .PUT, "/api/v1/operator/regions/\(try pathSegment(region))/ring", ["ring": .string(ring)])
    return CommandResult(answer.value, lines: ["Region \(region) is in the ring \(ring)."])
  }
}
