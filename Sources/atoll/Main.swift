import ArgumentParser
import ControlPlane
import Postgres
import RegionAgent
import Silo

/// The entry: runs the command and turns whatever it throws into one line and an exit code.
@main
enum Main {
  static func main() async {
    let json = CommandLine.arguments.contains("--json")
    do {
      var command = try Atoll.parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      guard let failure = Self.failure(error) else { Atoll.exit(withError: error) }
      Console.fail(failure, json: json)
      Atoll.exit(withError: ExitCode(failure.code.rawValue))
    }
  }

  /// One line and an exit code for an error; nil for those of the argument parser, which speaks for itself.
  private static func failure(_ error: any Error) -> CommandFailure? {
    switch error {
    case let failure as CommandFailure: return failure
    case let error as PostgresError: return CommandFailure(error)
    case let error as RegionError: return CommandFailure(error)
    case let error as ControlError: return CommandFailure(error)
    case let error as SealingError: return CommandFailure(error)
    default:
      let isOwn = Atoll.exitCode(for: error) == .failure && !(error is ExitCode)
      return isOwn ? CommandFailure(.internal, "\(error)", advice: "run again with --log-level debug") : nil
    }
  }
}
