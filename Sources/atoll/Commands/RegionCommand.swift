import ArgumentParser

/// `atoll region …`: the registry of regions, and a region's own processes.
struct RegionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "region", abstract: "Create, list, change, admit and run regions.",
    subcommands: [
      RegionCreateCommand.self, RegionListCommand.self, RegionSetCommand.self, RegionDefaultCommand.self,
      RegionTokenCommand.self, RegionApproveCommand.self,
      RegionRevokeCommand.self, RegionJoinCommand.self, RegionServeCommand.self,
    ])
}
