import ArgumentParser
import Postgres

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
    } catch let failure as CommandFailure {
      Console.fail(failure, json: json)
      Atoll.exit(withError: ExitCode(failure.code.rawValue))
    } catch let error as PostgresError {
      let failure = CommandFailure(error)
      Console.fail(failure, json: json)
      Atoll.exit(withError: ExitCode(failure.code.rawValue))
    } catch  where Atoll.exitCode(for: error) == .failure && !(error is ExitCode) {
      let failure = CommandFailure(.internal, "\(error)", advice: "run again with --log-level debug")
      Console.fail(failure, json: json)
      Atoll.exit(withError: ExitCode(failure.code.rawValue))
    } catch {
      Atoll.exit(withError: error)
    }
  }
}
