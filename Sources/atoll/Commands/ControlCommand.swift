import ArgumentParser

/// `atoll control …`: the control plane.
struct ControlCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "control", abstract: "Set up and run the control plane.",
    subcommands: [ControlInitCommand.self, ControlServeCommand.self, ControlManifestCommand.self])
}
