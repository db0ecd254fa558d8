import ArgumentParser

/// `atoll monolith …`: both silos in one process.
struct MonolithCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "monolith", abstract: "Run control and one region in one process.",
    subcommands: [MonolithServeCommand.self])
}
