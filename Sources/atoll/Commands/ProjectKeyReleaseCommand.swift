import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll project-key release KEY`: for an owner that is gone.
struct ProjectKeyReleaseCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "release", abstract: "Take a project key from its owner; the organization that claims it gets it.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "The public key, 32 hexadecimal digits.")
  var name: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .POST, "/api/v1/operator/project-keys/\(try pathSegment(name))/release")
    return CommandResult(answer.value, lines: DirectoryText.lines(answer.value))
  }
}
