import ArgumentParser
import Outbox
import Outbox
import RegionAgent
import SyncProtocol

/// `atoll webhook replay ID`.
struct WebhookReplayCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Try an endpoint's dead deliveries again.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: WebhookOptions

  @Argument(help: "Id of the endpoint.")
  var id: String

  var flags: [Setting: String?] { options.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let id = try WebhookOptions.id(id)
    let count = try await options.withWebhooks(settings) { webhooks in
      guard try await webhooks.list().contains(where: { $0.id == id }) else { throw WebhookOptions.unknown() }
      return try await webhooks.replay(id)
    }
    return CommandResult(["replayed": .integer(count)], lines: ["\(count) deliveries are tried again."])
  }
}
