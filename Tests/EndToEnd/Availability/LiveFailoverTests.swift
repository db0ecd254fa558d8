import Logging
import Postgres
import TestSupport
import Testing

@testable import atoll

@Suite("A primary fails over under running processes", .serialized)
struct LiveFailoverTests {
  @Test(
    "control finds the promoted synchronous standby by its connection string and goes on without a restart; nothing is lost"
  )
  func control() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let owner = try await Person.signUp(islands)
      var history = History(organization: try await owner.createOrganization(region: "eu"))
      let standby = try await Self.pair(islands.control, islands)
      await history.work(as: owner, islands)
      try await history.check(islands, after: "two hosts")
      try await Self.failOver(islands.control, to: standby, islands)
      for _ in 0..<2 { await history.work(as: owner, islands) }
      try await eventually("control takes writes again") {
        let organization = try await owner.requestOrganization(region: "eu")
        try await owner.waitUntilDone(organization)
        return true
      }
      try await history.check(islands, after: "control's primary failed over")
      for folder in islands.layout.folders { #expect(islands.archipelago.process(of: folder)?.end == nil) }
      await standby.stop()
    }
  }

  @Test("a region's agent does the same with its own database")
  func region() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let eu = try islands.region("eu")
      let owner = try await Person.signUp(islands)
      var history = History(organization: try await owner.createOrganization(region: "eu"))
      let standby = try await Self.pair(eu, islands)
      await history.work(as: owner, islands)
      try await history.check(islands, after: "two hosts")
      try await Self.failOver(eu, to: standby, islands)
      for _ in 0..<2 { await history.work(as: owner, islands) }
      try await history.check(islands, after: "eu's primary failed over")
      for folder in islands.layout.folders { #expect(islands.archipelago.process(of: folder)?.end == nil) }
      await standby.stop()
    }
  }

  /// Gives a silo's database a synchronous standby, and both hosts to whoever connects.
  private static func pair(_ folder: SiloFolder, _ islands: Islands) async throws -> EmbeddedServer {
    let primary = try #require(islands.archipelago.server(of: folder))
    let directory = "\(islands.layout.root)/\(folder.name)-standby"
    try await ServerCopies.base(of: primary, to: directory, standby: true, name: "one")
    let standby = try await EmbeddedServer.start(
      directory: directory, options: EmbeddedServer.Options(settings: islands.layout.databaseSettings))
    try await islands.withSuperuser(of: folder) { client in
      try await client.execute("ALTER SYSTEM SET synchronous_standby_names = 'one'")
      _ = try await client.query("SELECT pg_reload_conf()")
      try await eventually("the standby is synchronous") {
        try await client.query("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").only()
          .decode(Int64.self) == 1
      }
    }
    // The standby first: whoever takes the first that answers would take one that takes no writes.
    try islands.setHosts(["127.0.0.1:\(standby.port)", "127.0.0.1:\(primary.port)"], of: folder)
    await islands.archipelago.process(of: folder)?.stop()
    try await islands.archipelago.start(folder)
    return standby
  }

  private static func failOver(_ folder: SiloFolder, to standby: EmbeddedServer, _ islands: Islands) async throws {
    await islands.archipelago.server(of: folder)?.crash()
    try await ServerPrograms.promote(standby)
    let client = PostgresClient(configuration: standby.configuration(), logger: .init(label: "end-to-end"))
    defer { client.shutdown() }
    // Its own synchronous standby is nobody: it waits for none.
    try await client.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
    _ = try await client.query("SELECT pg_reload_conf()")
  }
}
