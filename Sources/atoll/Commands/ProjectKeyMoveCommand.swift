import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll project-key move KEY --to ORGANIZATION`: the claim must be waiting in quarantine.
struct ProjectKeyMoveCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "move", abstract: "Give a project key to another organization that claims it.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "The public key, 32 hexadecimal digits.")
  var name: String

  @Option(name: .long, help: "Id of the organization.")
  var to: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .POST, "/api/v1/operator/project-keys/\(try pathSegment(name))/move", ["organization": .string(to)])
    return CommandResult(answer.value, lines: DirectoryText.lines(answer.value))
  }
}
