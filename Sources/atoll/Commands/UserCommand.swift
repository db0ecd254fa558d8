import ArgumentParser

/// `atoll user …`: people, as operators see them.
struct UserCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "Take people over from another system.", subcommands: [UserImportCommand.self])
}
