import ArgumentParser

/// `atoll reconcile …`: what control does after its database came back from a backup.
struct ReconcileCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconcile", abstract: "See and steer what a restored control waits for.",
    subcommands: [ReconcileStatusCommand.self, ReconcileReleaseCommand.self, ReconcileFinishCommand.self])
}
