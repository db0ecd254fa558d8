import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll client revoke ID`.
struct ClientRevokeCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "End a client, its secrets and everything it was given.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Id of the client.")
  var id: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let path = "/api/v1/operator/clients/\(try ClientCommand.segment(id))/revoke"
    let answer = try await operation.client(settings).call(.POST, path, [:])
    return CommandResult(answer.value, lines: ["Client \(id) is revoked: it is refused at once."])
  }
}
