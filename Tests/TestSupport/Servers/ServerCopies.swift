import FoundationEssentials
public import Postgres

/// Copies of a server's data, made the ways operators make them. A directory is what `EmbeddedServer.start(directory:)` takes; started on a
/// copy it serves the copied data under the same password, on a port of its own.
public enum ServerCopies {
  /// `cp -a` of a *stopped* server's directory: same system identifier, same timeline.
  public static func cold(_ directory: String, to target: String) async throws {
    try await Program.run(["mkdir", "-p", target])
    try await Program.run(["cp", "-a", "\(directory)/pgdata", "\(target)/pgdata"])
    try await takePassword(from: directory, to: target)
    try await own(target)
  }

  /// Puts a cold copy back in the place of what is there, which is moved to `aside` (removed when nil). The server must be stopped.
  public static func restore(_ copy: String, over directory: String, aside: String? = nil) async throws {
    if let aside {
      try await Program.run(["mkdir", "-p", aside])
      try await Program.run(["mv", "\(directory)/pgdata", "\(aside)/pgdata"])
    } else {
      try await Program.run(["rm", "-rf", "\(directory)/pgdata"])
    }
    try await Program.run(["cp", "-a", "\(copy)/pgdata", "\(directory)/pgdata"])
  }

  /// `pg_basebackup` of a running server into a new directory.
  ///
  /// - Parameters:
  ///   - standby: writes `standby.signal` and where the primary is, so that the copy follows it as soon as it is started.
  ///   - name: the standby's `application_name`, by which `synchronous_standby_names` knows it.
  ///   - slot: a replication slot to make and use, so that a standby that is away loses nothing.
  public static func base(
    of server: EmbeddedServer, to target: String, standby: Bool = false, name: String = "standby", slot: String? = nil
  ) async throws {
    try await Program.run(["mkdir", "-p", target])
    try await own(target)
    let access = server.configuration()
    var arguments = [
      try ServerPrograms.path("pg_basebackup"), "--pgdata=\(target)/pgdata", "--wal-method=stream", "--checkpoint=fast",
      "--no-sync",
      "--dbname=host=\(server.socketDirectory) port=\(server.port) user=postgres application_name=\(name)",
    ]
    if standby { arguments.append("--write-recovery-conf") }
    if let slot { arguments += ["--create-slot", "--slot=\(slot)"] }
    try await Program.run(
      arguments, environment: access.password.map { ["PGPASSWORD": $0] } ?? [:], asServerUser: true)
    try await takePassword(from: server.directory, to: target)
    try await own(target)
  }

  /// Makes a base backup recover from an archive when it is started, up to a place, and then go on as a primary of a new timeline.
  ///
  /// - Parameter target: settings such as `["recovery_target_name": "before"]`; empty recovers everything that is archived.
  public static func recover(_ directory: String, from archive: String, target: [String: String] = [:]) async throws {
    let settings = target.merging([
      "restore_command": "cp \(archive)/%f %p", "recovery_target_action": "promote",
    ]) { $1 }
    let file = "\(directory)/pgdata/postgresql.auto.conf"
    let kept = String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value)'" }
    try Data((kept + lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: file))
    try Data().write(to: URL(filePath: "\(directory)/pgdata/recovery.signal"))
    try await own(directory)
  }

  private static func takePassword(from directory: String, to target: String) async throws {
    guard FileManager.default.fileExists(atPath: "\(directory)/password") else { return }
    try await Program.run(["cp", "-a", "\(directory)/password", "\(target)/password"])
  }

  private static func own(_ directory: String) async throws {
    guard !Program.serverUserPrefix.isEmpty else { return }
    try await Program.run(["chown", "-R", ServerPrograms.account, directory])
  }
}
