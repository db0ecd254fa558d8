import ArgumentParser

/// `atoll slug …`: slugs of organizations over all regions.
struct SlugCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slug", abstract: "Look at, rename, swap, reserve and free slugs.",
    subcommands: [
      SlugShowCommand.self, SlugListCommand.self, SlugRenameCommand.self, SlugSwapCommand.self,
      SlugReserveCommand.self, SlugUnreserveCommand.self, SlugFreeCommand.self,
    ])
}
