import FoundationEssentials
import Logging
import Outbox
import Postgres
import Synchronization
import SyncProtocol

/// A control plane and regions on this machine, each a process of its own over a private PostgreSQL of its own.
///
/// Everything goes through the command line's own commands, so what `atoll dev` does an operator can do by hand, and the end-to-end tests
/// start the same way.
final class Archipelago: Sendable {
  let layout: ArchipelagoLayout
  private let logger: Logger
  private let command: ShortCommand
  private let state = Mutex(State())

  private struct State {
    var servers: [String: EmbeddedServer] = [:]
    var processes: [String: ChildProcess] = [:]
  }

  /// - Parameter environment: what the processes see besides their own settings; `ATOLL_` variables are dropped.
  init(layout: ArchipelagoLayout, executable: String, environment: [String: String], logger: Logger) throws {
    self.layout = layout
    self.logger = logger
    let clean = environment.filter { !$0.key.hasPrefix("ATOLL_") && !$0.key.hasPrefix("PG") }
    try DataDirectory.create(layout.root, mode: 0o755)
    for folder in layout.folders { try folder.create() }
    command = ShortCommand(executable: executable, environment: clean, scratch: layout.control.keys)
  }

  /// Starts a silo's PostgreSQL, makes its roles and database, and migrates.
  func startDatabase(_ folder: SiloFolder) async throws {
    let options = EmbeddedServer.Options(settings: layout.serverSettings, binaryDirectory: layout.postgresBin)
    let server = try await EmbeddedServer.start(directory: folder.postgres, options: options)
    state.withLock { $0.servers[folder.name] = server }
    let roles = DevelopmentRoleStore(server: server, folder: folder, logger: logger)
    try await roles.prepareOwner()
    _ = try await command.run([
      "migrate", folder.isControl ? "control" : "region", "--database-file", folder.connectionFile(.owner),
    ])
    try await roles.prepareMembers(replicating: layout.wakeUp == .decoding)
  }

  /// The PostgreSQL of a silo, while it runs.
  func server(of folder: SiloFolder) -> EmbeddedServer? { state.withLock { $0.servers[folder.name] } }

  /// Makes control's keys and first operator unless there are some.
  func initializeControl() async throws {
    guard !SecretFile(path: layout.control.operatorToken).exists else { return }
    _ = try await command.run([
      "control", "init", "--data", layout.control.keys, "--database-file", layout.control.connectionFile(.service),
      "--development",
    ])
  }

  /// Creates the region at control and joins it, unless it has joined.
  func join(_ region: SiloFolder) async throws {
    guard !layout.isMonolith, !SecretFile(path: region.joined).exists else { return }
    let operation = [
      "--control-url", layout.url(of: layout.control), "--operator-token-file", layout.control.operatorToken,
    ]
    let listed = try await command.run(["region", "list"] + operation)
    let names = try JSONReader(listed).field("regions").array(maximum: 4096).map { try $0.field("name").string() }
    if !names.contains(region.name) {
      _ = try await command.run(["region", "create", region.name, "--url", layout.url(of: region)] + operation)
    }
    let token = JSONReader(try await command.run(["region", "token", region.name] + operation))
    let file = SecretFile(path: "\(region.keys)/join-\(UUID().uuidString).token")
    try file.write(Array(try token.field("token").string().utf8))
    defer { unlinkQuietly(file.path) }
    let joined = try await command.run([
      "region", "join", layout.controlURLOfRegions ?? layout.url(of: layout.control), "--join-token-file", file.path,
      "--pin",
      try SecretFile(path: layout.control.rootPin).text(maximumBytes: 256), "--data", region.keys, "--database-file",
      region.connectionFile(.service),
      "--region", region.name, "--development",
    ])
    if try JSONReader(joined).optional("state")?.string() == "pending" {
      _ = try await command.run(["region", "approve", region.name] + operation)
    }
    try SecretFile(path: region.joined).write(JSONWriter.write(joined))
  }

  /// Starts a silo's server and waits until it is ready.
  /// - Parameter variables: added to its environment, such as `ATOLL_FAULT`.
  /// - Throws: ``CommandFailure`` with the place of its log when it ends or is not ready in time.
  func start(_ folder: SiloFolder, variables: [String: String] = [:], awaitReady: Bool = true) async throws {
    if layout.isMonolith, !folder.isControl {
      if let process = process(of: layout.control), awaitReady { try await waitUntilReady(folder, process) }
      return
    }
    let child = try ChildProcess(
      name: folder.name, executable: command.executable, arguments: layout.serveArguments(folder),
      environment: command.environment.merging(layout.variables.merging(variables) { $1 }) { $1 }, output: folder.log)
    state.withLock { $0.processes[folder.name] = child }
    if awaitReady { try await waitUntilReady(folder, child) }
  }

  /// The process of a silo, also after its end.
  func process(of folder: SiloFolder) -> ChildProcess? { state.withLock { $0.processes[folder.name] } }

  /// - Throws: ``CommandFailure`` when a server or a database has ended by itself.
  func checkProcesses() throws {
    for folder in layout.folders {
      if let failure = server(of: folder)?.failure { throw CommandFailure(failure) }
      guard let end = process(of: folder)?.end else { continue }
      throw CommandFailure(.unavailable, "\(folder.name) ended with \(end)", advice: "see \(folder.log)")
    }
  }

  /// Stops everything in order: regions, control, databases.
  func stop() async {
    let (processes, servers) = state.withLock { state in
      defer { state = State() }
      return (state.processes, state.servers)
    }
    await withTaskGroup { group in
      for (_, process) in processes { group.addTask { await process.stop() } }
    }
    await withTaskGroup { group in
      for (_, server) in servers { group.addTask { await server.stop() } }
    }
  }

  private func waitUntilReady(_ folder: SiloFolder, _ child: ChildProcess) async throws {
    let client = JSONClient(base: layout.url(of: folder))
    let deadline = ContinuousClock.now + layout.patience
    while ContinuousClock.now < deadline {
      if let end = child.end {
        throw CommandFailure(.unavailable, "\(folder.name) ended with \(end)", advice: "see \(folder.log)")
      }
      if await client.isReady() { return }
      try await Task.sleep(for: ChildProcess.pollInterval)
    }
    throw CommandFailure(.temporary, "\(folder.name) is not ready", advice: "see \(folder.log)")
  }
}
