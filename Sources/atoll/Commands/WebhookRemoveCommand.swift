import ArgumentParser
import RegionAgent
import SyncProtocol

/// `atoll webhook remove ID`.
struct WebhookRemoveCommand: AtollCommand {
  static let configuration = CommandConfiguration(commandName: "remove", abstract: "Stop telling an application.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: WebhookOptions

  @Argument(help: "Id of the endpoint.")
  var id: String

  var flags: [Setting: String?] { options.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let id = try WebhookOptions.id(id)
    guard try await options.withWebhooks(settings, { try await $0.remove(id) }) else { throw WebhookOptions.unknown() }
    return CommandResult(["removed": true], lines: ["Removed."])
  }
}
