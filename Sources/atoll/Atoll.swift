import ArgumentParser

/// The root command. Its children are listed in the order in which a newcomer meets them.
struct Atoll: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "atoll", abstract: "One login, many islands.",
    discussion: "Start with `atoll dev`: a control plane and two regions on this machine, each with its own database.",
    version: AtollVersion.current,
    subcommands: [
      DevCommand.self, ControlCommand.self, RegionCommand.self, LocalityCommand.self, SlugCommand.self,
      ProjectKeyCommand.self, MonolithCommand.self, MigrateCommand.self,
      StatusCommand.self, DoctorGroupCommand.self, DiffCommand.self, RingCommand.self, FlagCommand.self,
      ClientCommand.self, UserCommand.self, OutboxCommand.self, ReconcileCommand.self, EpochCommand.self,
      WebhookCommand.self, SettingsCommand.self, MeasureCommand.self,
    ])
}
