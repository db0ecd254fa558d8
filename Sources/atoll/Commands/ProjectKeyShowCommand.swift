import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll project-key show KEY`: owner and claimants of a public key.
struct ProjectKeyShowCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show who owns a project key, and who else claims it.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "The public key, 32 hexadecimal digits.")
  var name: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .GET, "/api/v1/operator/project-keys/\(try pathSegment(name))")
    return CommandResult(answer.value, lines: DirectoryText.lines(answer.value))
  }
}
