import ArgumentParser

/// `atoll locality …`: residency zones.
struct LocalityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "locality", abstract: "List and describe residency zones.",
    subcommands: [LocalityListCommand.self, LocalitySetCommand.self])
}
