import ArgumentParser

/// `atoll doctor …`: finds what is wrong and says what to do.
struct DoctorGroupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Find what is wrong with a silo, and what to do about it.",
    discussion: "Each finding has a stable code and a page in docs/doctor.",
    subcommands: [DoctorControlCommand.self, DoctorRegionCommand.self])
}
