import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import NIOHTTP1
import Outbox
import SyncProtocol
import UnixSignals

/// `atoll dev`: everything on this machine until Ctrl-C.
struct DevCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "dev", abstract: "Run control and two regions here, with private databases and demo data.",
    discussion: "A second run goes on with the data of the first. Remove the data directory to begin anew.")

  /// How often the status is asked for.
  static let statusInterval: Duration = .seconds(1)

  @OptionGroup var common: CommonOptions

  @Option(name: .long, help: "Data directory.")
  var data = ".atoll"

  @Option(name: .long, help: "Control's port; regions take the next ones.")
  var port = 8400

  @Option(name: .long, help: "Directory of initdb and postgres.")
  var postgresBin: String?

  @Option(name: .long, help: "REGION=URL: the application behind a region. May be repeated.")
  var upstream: [String] = []

  @Flag(name: .long, inversion: .prefixedNo, help: "Draw a live table; plain lines without.")
  var tty: Bool?

  @Flag(name: .long, help: "Make no demo user and organizations.")
  var empty = false

  var flags: [Setting: String?] { [.data: data, .postgresBin: postgresBin] }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    guard (1024...65_000).contains(port) else {
      throw CommandFailure(.usage, "port \(port) is out of range", advice: "choose one from 1024 to 65000")
    }
    let root = try Self.absolute(settings.required(.data))
    var layout = ArchipelagoLayout(root: root, basePort: port, regions: ["us", "eu"])
    layout.postgresBin = settings.string(.postgresBin)
    layout.wakeUp = try settings.choice(.doorbell, default: .poll)
    for text in upstream {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, layout.regions.contains(where: { $0.name == parts[0] }) else {
        throw CommandFailure(
          .usage, "\(text) names no region and its application", advice: "write eu=http://127.0.0.1:9000")
      }
      layout.upstreams[parts[0]] = parts[1]
    }
    for taken in port..<port + layout.folders.count where LoopbackPort.isTaken(taken) {
      throw CommandFailure(
        .unavailable, "port \(taken) is taken", advice: "stop what listens there, or choose other ports with --port")
    }
    let archipelago = try Archipelago(
      layout: layout, executable: try OwnExecutable.path(), environment: ProcessInfo.processInfo.environment,
      logger: Logger(label: "dev"))
    let lock = try DirectoryLock(path: "\(root)/dev.lock")
    defer { lock.release() }
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let show = DevelopmentDisplay(layout: layout, json: common.json, live: tty ?? Console.isTerminal)
    let outcome = await withTaskGroup(of: Result<Void, any Error>.self) { group in
      group.addTask {
        for await _ in signals { break }
        return .success(())
      }
      group.addTask { await Self.attempt { try await Self.run(archipelago, show, withDemo: !self.empty) } }
      let first = await group.next() ?? .success(())
      group.cancelAll()
      return first
    }
    show.stopping()
    await archipelago.stop()
    show.stopped()
    try outcome.get()
    return nil
  }

  private static func attempt(_ body: () async throws -> Void) async -> Result<Void, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
  }

  /// Starts everything, shows where it is, then its state until cancelled.
  private static func run(_ archipelago: Archipelago, _ show: DevelopmentDisplay, withDemo: Bool) async throws {
    let layout = archipelago.layout
    try await withThrowingTaskGroup { group in
      for folder in layout.folders {
        group.addTask {
          show.step("starting the database of \(folder.name)")
          try await archipelago.startDatabase(folder)
        }
      }
      try await group.waitForAll()
    }
    try await archipelago.initializeControl()
    show.step("starting control")
    try await archipelago.start(layout.control)
    for region in layout.regions {
      show.step("starting region \(region.name)")
      try await archipelago.join(region)
      try await archipelago.start(region)
    }
    show.ready(withDemo ? try await DemoData(layout: layout).prepare() : nil)
    let token = try SecretFile(path: layout.control.operatorToken).text(maximumBytes: 256)
    let control = JSONClient(base: layout.url(of: layout.control), token: token)
    while true {
      try archipelago.checkProcesses()
      do { show.status(try await control.call(.GET, "/api/v1/operator/status")) } catch let failure as CommandFailure {
        show.step("no status: \(failure)")
      }
      try await Task.sleep(for: statusInterval)
    }
  }

  private static func absolute(_ path: String) throws -> String {
    if path.hasPrefix("/") { return path }
    guard let here = getcwd(nil, 0) else {
      throw CommandFailure(.cannotCreate, "the current directory is gone", advice: "change to another one")
    }
    defer { free(here) }
    return "\(String(cString: here))/\(path)"
  }
}
