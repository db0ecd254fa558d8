import FoundationEssentials
import Glibc

/// The files of an embedded server and the steps before it runs.
struct ServerLayout: Sendable {
  let directory: String
  let options: EmbeddedServer.Options
  let socketDirectory: String
  let password: String?
  private let binaries: String
  private let user: UnprivilegedUser?

  private var dataDirectory: String { directory + "/pgdata" }
  private var logFile: String { directory + "/server.log" }
  private static let environment = ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"]
  /// The address of a Unix socket holds 107 bytes, `/.s.PGSQL.65535` among them.
  private static let longestSocketDirectory = 90

  init(directory: String, options: EmbeddedServer.Options) throws {
    guard directory.hasPrefix("/") else { throw Self.failure("the directory of a server must be an absolute path") }
    self.directory = directory
    self.options = options
    binaries = try options.binaryDirectory ?? Self.newestBinaries()
    user = UnprivilegedUser.required()
    socketDirectory =
      directory.utf8.count <= Self.longestSocketDirectory ? directory : "/tmp/atoll-" + Self.shortHash(directory)
    for place in Set([directory, socketDirectory]).sorted() { try Self.createDirectory(place, user) }
    switch options.authentication {
    case .trust: password = nil
    case .password: password = try Self.persistentPassword(directory + "/password", user)
    }
  }

  /// Runs `initdb` unless it ran before. An interrupted run leaves nothing: the data directory gets its name last.
  func prepare() async throws {
    guard !FileManager.default.fileExists(atPath: dataDirectory) else { return }
    let unfinished = dataDirectory + ".new"
    if FileManager.default.fileExists(atPath: unfinished) { try FileManager.default.removeItem(atPath: unfinished) }
    var arguments = UnprivilegedUser.prefix(for: user, endingWithParent: true)
    arguments += [
      binaries + "/initdb", "--pgdata=" + unfinished, "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8",
      "--data-checksums", "--no-sync",
    ]
    switch options.authentication {
    case .trust: arguments += ["--auth=trust"]
    case .password: arguments += ["--auth=scram-sha-256", "--pwfile=" + directory + "/password"]
    }
    let status = try await ChildProcess.run(arguments, environment: Self.environment, output: logFile)
    guard status == 0 else { throw Self.failure("initdb in \(directory) ended with \(status):\n" + logTail()) }
    try FileManager.default.moveItem(atPath: unfinished, toPath: dataDirectory)
  }

  /// Stops a server that an earlier process left running on this directory.
  func stopLeftover() async throws {
    let deadline = ContinuousClock.now.advanced(by: options.patience)
    while let processID = leftover() {
      guard ContinuousClock.now < deadline else {
        throw Self.failure("process \(processID) still runs on \(directory)")
      }
      _ = kill(processID, SIGINT)
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// The configured port, else the last one if it is free, else any free one.
  func choosePort() throws -> Int {
    let file = directory + "/port"
    if let port = options.port {
      guard Self.isFree(port) else { throw Self.failure("port \(port) is in use") }
      return port
    }
    if let text = Self.contents(of: file), let last = Int(text), Self.isFree(last) { return last }
    guard let port = Self.freePort() else { throw Self.failure("no free port on loopback") }
    try Self.write(String(port), to: file, mode: 0o644, owner: user)
    return port
  }

  func launch(port: Int) async throws -> ChildProcess {
    var settings = [
      "listen_addresses": "127.0.0.1", "port": String(port), "unix_socket_directories": socketDirectory,
      "logging_collector": "off", "max_connections": "200", "log_line_prefix": "%m [%p] %a ",
    ]
    settings.merge(options.settings) { _, configured in configured }
    var arguments = UnprivilegedUser.prefix(for: user, endingWithParent: true)
    arguments += [binaries + "/postgres", "-D", dataDirectory]
    for (name, value) in settings.sorted(by: { $0.key < $1.key }) { arguments += ["-c", "\(name)=\(value)"] }
    return try await ChildProcess.launch(arguments, environment: Self.environment, output: logFile)
  }

  /// The last lines of the server's log.
  func logTail() -> String {
    (Self.contents(of: logFile) ?? "").split(separator: "\n").suffix(10).joined(separator: "\n")
  }

  /// The length of the server's log, in bytes.
  var logLength: Int { FileManager.default.contents(atPath: logFile)?.count ?? 0 }

  /// What became of a server, told by the part of its log that is its own.
  ///
  /// A server whose WAL has no room stops at once, and on the same full disk its recovery fails each time it is started: the log is the only one
  /// who says so, and somebody has to make room first.
  func endOfServer(since start: Int, reason: String) -> PostgresError {
    let log = FileManager.default.contents(atPath: logFile) ?? Data()
    let own = String(decoding: log.dropFirst(start).suffix(Self.mostOfLog), as: UTF8.self)
    let isFull = own.split(separator: "\n").contains { line in
      line.contains("No space left on device") && ["PANIC:", "FATAL:"].contains { line.contains($0) }
    }
    guard isFull else { return Self.failure("the server in \(directory) \(reason); its log ends:\n" + logTail()) }
    return PostgresError(
      code: .embeddedServer,
      message: "the disk of \(dataDirectory) or of its pg_wal is full, so PostgreSQL stopped and cannot recover: free "
        + "space there, then start again; nothing that was committed is lost\n" + logTail(),
      constraint: nil, schema: nil, table: nil, column: nil,
      terminalState: .diskFull)
  }

  /// As much of the log is looked at, in bytes.
  private static let mostOfLog = 1 << 18

  /// The process id in the lock file, if that process is a PostgreSQL server.
  private func leftover() -> Int32? {
    guard let text = Self.contents(of: dataDirectory + "/postmaster.pid"),
      let processID = text.split(separator: "\n").first.flatMap({ Int32($0) }), processID > 1,
      let name = Self.contents(of: "/proc/\(processID)/comm"), name.hasPrefix("postgres")
    else { return nil }
    return processID
  }

  static func failure(_ message: String) -> PostgresError {
    PostgresError(code: .embeddedServer, message: message)
  }

  private static func newestBinaries() throws -> String {
    let root = "/usr/lib/postgresql"
    let versions = try? FileManager.default.contentsOfDirectory(atPath: root)
    guard let newest = (versions ?? []).compactMap({ Int($0) }).max() else {
      throw failure("no PostgreSQL server under \(root): install the package postgresql")
    }
    return "\(root)/\(newest)/bin"
  }
}
