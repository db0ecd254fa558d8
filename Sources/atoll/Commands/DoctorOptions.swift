import ArgumentParser
import FoundationEssentials
import Logging
import Observability

/// What `atoll doctor control` and `atoll doctor region` take.
struct DoctorOptions: ParsableArguments {
  @OptionGroup var database: DatabaseOptions

  @Option(name: .long, help: "Directory of the silo's keys.")
  var data: String?

  @Flag(name: .long, help: "Servers for development: what is meant to be unsafe there is no error.")
  var development = false

  var flags: [Setting: String?] {
    database.flags.merging([.data: data, .development: development ? "true" : nil]) { $1 }
  }
}

/// A command that examines one silo. Settings that a server would refuse are findings here, not the end.
protocol DoctorCommand: AtollCommand {
  static var silo: ExaminedSilo { get }
  var options: DoctorOptions { get }
  /// Everything that is wrong.
  func examine(_ settings: Settings) async throws -> [Finding]
}

extension DoctorCommand {
  var flags: [Setting: String?] { options.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let report = DoctorReport(silo: Self.silo.rawValue, findings: try await examine(settings))
    Console.print(report.result, json: common.json)
    if report.exitCode > 0 { throw ExitCode(report.exitCode) }
    return nil
  }

  mutating func run() async throws {
    let given = common.flags.merging(flags) { $1 }.compactMapValues { $0 }
    do {
      let settings = try Settings(flags: given, environment: ProcessInfo.processInfo.environment)
      Logs.bootstrap(
        format: try settings.choice(.logFormat, default: Console.isErrorTerminal ? LogFormat.text : .json),
        level: try settings.choice(.logLevel, default: Logger.Level.critical), process: Self.processName)
      _ = try await perform(settings)
    } catch let failure as CommandFailure where failure.code == .configuration {
      let report = DoctorReport(silo: Self.silo.rawValue, findings: [Finding(.settingInvalid, "\(failure)")])
      Console.print(report.result, json: common.json)
      throw ExitCode(report.exitCode)
    }
  }
}
