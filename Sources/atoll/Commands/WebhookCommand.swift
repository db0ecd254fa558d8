import ArgumentParser

/// `atoll webhook …`: the applications that a region tells of changes.
struct WebhookCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "webhook", abstract: "Tell applications of changes (Standard Webhooks). Runs on the region's machine.",
    subcommands: [
      WebhookAddCommand.self, WebhookListCommand.self, WebhookRemoveCommand.self, WebhookReplayCommand.self,
    ])
}
