import ArgumentParser

/// `atoll flag …`: feature flags and other ring-gated items.
struct FlagCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flag",
    abstract: "Feature flags, released ring by ring; with --kind configuration other ring-gated items.",
    subcommands: [
      FlagListCommand.self, FlagSetCommand.self, FlagReleaseCommand.self, FlagStatusCommand.self,
      FlagPromoteCommand.self, FlagHaltCommand.self, FlagResumeCommand.self, FlagRollbackCommand.self,
    ])
}
