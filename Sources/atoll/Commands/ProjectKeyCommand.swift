import ArgumentParser

/// `atoll project-key …`: whose a project's public key is, over all regions.
struct ProjectKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "project-key", abstract: "Look at, release and move project keys.",
    subcommands: [ProjectKeyShowCommand.self, ProjectKeyReleaseCommand.self, ProjectKeyMoveCommand.self])
}
