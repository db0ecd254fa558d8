import ArgumentParser

/// `atoll measure …`: parts of Atoll against baselines, for `make bench`.
struct MeasureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Measure parts of Atoll against baselines.", shouldDisplay: false,
    subcommands: [MeasureDirectoryCommand.self])
}
