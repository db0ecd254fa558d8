import ArgumentParser

/// `atoll epoch …`: the lives of a log.
struct EpochCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "epoch", abstract: "Begin another life of a log by hand.", subcommands: [EpochBumpCommand.self])
}
