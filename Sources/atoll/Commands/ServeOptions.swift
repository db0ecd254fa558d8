import ArgumentParser

/// What every server takes.
struct ServeOptions: ParsableArguments {
  @OptionGroup var database: DatabaseOptions

  @Option(name: .long, help: "Directory of this silo's keys.")
  var data: String?

  @Option(name: .long, help: "HOST:PORT to serve.")
  var listen: String?

  @Option(name: .long, help: "HOST:PORT of /metrics, or off (default: 127.0.0.1, port + 1000).")
  var metricsAddress: String?

  @Flag(name: .long, help: "Accept an unencrypted root; loopback only.")
  var development = false

  @Flag(name: .long, help: ArgumentHelp("Stop when standard input ends.", visibility: .hidden))
  var untilStdinCloses = false

  var flags: [Setting: String?] {
    database.flags.merging([
      .data: data, .listen: listen, .metricsAddress: metricsAddress, .development: development ? "true" : nil,
    ]) { $1 }
  }
}
