import ArgumentParser
import FoundationEssentials
import Logging
import Observability

/// A command of `atoll`: reads settings, does its work, returns what it has to say.
protocol AtollCommand: AsyncParsableCommand {
  var common: CommonOptions { get }
  /// The settings that were given as flags.
  var flags: [Setting: String?] { get }
  /// How log lines name this process.
  static var processName: String { get }
  /// Does the work. A server returns nil when it was asked to stop.
  func perform(_ settings: Settings) async throws -> CommandResult?
}

extension AtollCommand {
  var flags: [Setting: String?] { [:] }
  static var processName: String { _commandName }

  mutating func run() async throws {
    let given = common.flags.merging(flags) { $1 }.compactMapValues { $0 }
    if let database = given[.database] ?? given[.regionDatabase] { try refusePassword(in: database) }
    let settings = try Settings(flags: given, environment: ProcessInfo.processInfo.environment)
    Logs.bootstrap(
      format: try settings.choice(.logFormat, default: Console.isErrorTerminal ? LogFormat.text : .json),
      level: try settings.choice(.logLevel, default: Logger.Level.info), process: Self.processName)
    if let result = try await perform(settings) { Console.print(result, json: common.json) }
  }

  /// Flags are visible to every user of the machine, so a password must not stand in one.
  private func refusePassword(in connection: String) throws {
    let authority = connection.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
    let user = authority.split(separator: "@", omittingEmptySubsequences: false)
    let hasPassword = connection.contains("password=") || (user.count > 1 && user[0].contains(":"))
    guard !hasPassword else {
      throw CommandFailure(
        .usage, "a flag must not hold the database password",
        advice: "use \(Setting.databaseFile.flag) or \(Setting.database.variable)")
    }
  }
}
