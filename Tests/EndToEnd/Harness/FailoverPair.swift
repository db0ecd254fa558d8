import Logging
import Postgres
import TestSupport

@testable import atoll

/// A primary and its synchronous standby, named both in the connection strings of a silo. A failover exchanges them: each keeps its port, so the strings stay
/// true and the silo's processes run on.
struct FailoverPair: Sendable {
  private static let name = "one"

  private(set) var primary: EmbeddedServer
  private(set) var standby: EmbeddedServer
  private let settings: [String: String]

  /// Gives a silo's database a synchronous standby, and both hosts to whoever connects.
  ///
  /// - Parameter variables: further settings of the silo's process, which is restarted.
  static func make(
    of folder: SiloFolder, _ islands: Islands, variables: [String: String] = [:]
  ) async throws -> FailoverPair {
    let primary = try islands.server(of: folder)
    let directory = "\(islands.layout.root)/\(folder.name)-standby"
    try await ServerCopies.base(of: primary, to: directory, standby: true, name: name)
    let settings = islands.layout.databaseSettings
    let standby = try await EmbeddedServer.start(
      directory: directory, options: EmbeddedServer.Options(settings: settings))
    let pair = FailoverPair(primary: primary, standby: standby, settings: settings)
    try await pair.synchronize()
    // The standby first: whoever takes the first that answers would take one that takes no writes.
    try islands.setHosts(["127.0.0.1:\(standby.port)", "127.0.0.1:\(primary.port)"], of: folder)
    await islands.archipelago.process(of: folder)?.stop()
    try await islands.archipelago.start(folder, variables: variables)
    return pair
  }

  /// The primary dies, and its standby takes its place, with nobody behind it.
  mutating func failOver() async throws {
    await primary.crash()
    try await ServerPrograms.promote(standby)
    (primary, standby) = (standby, primary)
    // Its own synchronous standby is nobody: it waits for none.
    try await configure(standbys: "")
  }

  /// Makes a new synchronous standby in the place of the primary that died.
  mutating func renew() async throws {
    try await Program.run(["rm", "-rf", "\(standby.directory)/pgdata"])
    try await ServerCopies.base(of: primary, to: standby.directory, standby: true, name: Self.name)
    standby = try await EmbeddedServer.start(
      directory: standby.directory, options: EmbeddedServer.Options(port: standby.port, settings: settings))
    try await synchronize()
  }

  /// Stops both, the standby first.
  func stop() async {
    await standby.stop()
    await primary.stop()
  }

  private func synchronize() async throws {
    try await configure(standbys: Self.name)
    try await withPrimary { client in
      try await eventually("the standby is synchronous") {
        try await client.query("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").only()
          .decode(Int64.self) == 1
      }
    }
  }

  private func configure(standbys: String) async throws {
    try await withPrimary { client in
      try await client.execute("ALTER SYSTEM SET synchronous_standby_names = '\(raw: standbys)'")
      _ = try await client.query("SELECT pg_reload_conf()")
    }
  }

  private func withPrimary(_ body: (PostgresClient) async throws -> Void) async throws {
    let client = PostgresClient(
      configuration: primary.configuration(), logger: Logger(label: "end-to-end") { _ in SwiftLogNoOpLogHandler() })
    defer { client.shutdown() }
    try await body(client)
  }
}
