import ArgumentParser

/// `atoll ring …`: through which regions a change goes first.
struct RingCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ring", abstract: "See and change the rings that ring-gated changes pass one after another.",
    subcommands: [RingListCommand.self, RingAssignCommand.self, RingSetCommand.self, RingRemoveCommand.self])
}
