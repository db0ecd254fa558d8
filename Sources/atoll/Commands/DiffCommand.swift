import ArgumentParser

/// `atoll diff …`: what silos hold differently.
struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Compare control's rows with a region's.", subcommands: [DiffRegionCommand.self])
}
