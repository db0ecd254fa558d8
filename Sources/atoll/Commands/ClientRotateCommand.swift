import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll client rotate ID`: a new secret beside the old one.
struct ClientRotateCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate", abstract: "Give a client a new secret. The old one goes on for a while.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Id of the client.")
  var id: String

  @Option(name: .long, help: "Hours that the old secret goes on; 0 ends it at once.")
  var overlapHours = 24

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    guard (0...168).contains(overlapHours) else {
      throw CommandFailure(.usage, "the old secret goes on for 0 to 168 hours", advice: "change --overlap-hours")
    }
    let path = "/api/v1/operator/clients/\(try ClientCommand.segment(id))/secrets"
    let answer = try await operation.client(settings).call(
      .POST, path, ["overlap_seconds": .integer(overlapHours * 3600)])
    return CommandResult(
      answer.value,
      lines: [
        "Secret, shown once: \(try answer.field("client_secret").string())",
        "The old one ends at \(try answer.field("old_secrets_end_at").string()).",
      ])
  }
}
