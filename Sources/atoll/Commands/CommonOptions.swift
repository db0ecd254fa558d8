import ArgumentParser

/// What every command takes.
struct CommonOptions: ParsableArguments {
  @Flag(name: .long, help: "Print the result, and an error, as one JSON document.")
  var json = false

  @Option(name: .long, help: "Configuration file (JSON).")
  var config: String?

  @Option(name: .long, help: "json or text; text at a terminal.")
  var logFormat: String?

  @Option(name: .long, help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel: String?

  var flags: [Setting: String?] { [.config: config, .logFormat: logFormat, .logLevel: logLevel] }
}
