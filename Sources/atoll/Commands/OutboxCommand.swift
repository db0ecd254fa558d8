import ArgumentParser

/// `atoll outbox …`: a look into a silo's log.
struct OutboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "outbox", abstract: "Look into a silo's log.", subcommands: [OutboxInspectCommand.self])
}
