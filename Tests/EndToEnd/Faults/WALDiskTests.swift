import NIOHTTP1
import Postgres
import TestSupport
import Testing

@testable import atoll

@Suite(
  "A full WAL disk", .serialized,
  .disabled(if: SmallDisk.obstacle != nil, Comment(rawValue: SmallDisk.obstacle ?? "")))
struct WALDiskTests {
  @Test(
    "PostgreSQL stops and cannot recover; the error says to free space there; with room everything goes on and nothing is lost"
  )
  func walDisk() async throws {
    try await SmallDisk.with(megabytes: 128, at: DiskTests.mountPoint()) { disk in
      try await Islands.run(
        regions: ["eu"],
        configure: { $0.databaseSettings.merge(["min_wal_size": "32MB", "max_wal_size": "64MB"]) { $1 } },
        { islands in
          try await Self.moveLog(of: islands.control, to: disk, islands)
          let owner = try await Person.signUp(islands)
          var history = History(organization: try await owner.createOrganization(region: "eu"))
          await history.work(as: owner, islands)
          try disk.fill()
          try await Self.writeUntilItStops(islands)
          await history.work(as: owner, islands)
          try await Self.expectMend(islands, owner)
          disk.free()
          try await islands.archipelago.startDatabase(islands.control)
          await history.work(as: owner, islands)
          try await history.check(islands, after: "control's WAL disk was full")
          try await history.expectNothingQuarantined(islands)
          for folder in islands.layout.folders { #expect(islands.archipelago.process(of: folder)?.end == nil) }
        })
    }
  }

  private static func moveLog(of folder: SiloFolder, to disk: SmallDisk, _ islands: Islands) async throws {
    await islands.archipelago.process(of: folder)?.stop()
    await islands.archipelago.server(of: folder)?.stop()
    let log = "\(folder.postgres)/pgdata/pg_wal"
    try await Program.run(["cp", "-a", log, "\(disk.path)/pg_wal"])
    try await Program.run(["rm", "-rf", log])
    try await Program.run(["ln", "-s", "\(disk.path)/pg_wal", log])
    try await islands.archipelago.startDatabase(folder)
    try await islands.archipelago.start(folder)
  }

  /// Writes bulk until PostgreSQL has panicked and its own recovery has failed too.
  private static func writeUntilItStops(_ islands: Islands) async throws {
    let server = try #require(islands.archipelago.server(of: islands.control))
    try await eventually("PostgreSQL has stopped") {
      if !server.isRunning { return true }
      do {
        try await islands.withSuperuser(of: islands.control) { client in
          try await client.execute("CREATE TABLE IF NOT EXISTS junk (t text)")
          _ = try await client.execute(
            "INSERT INTO junk SELECT repeat(md5(random()::text), 60) FROM generate_series(1, 10000)")
        }
      } catch { return !server.isRunning }
      return false
    }
  }

  /// Everybody who asks is told what to do.
  private static func expectMend(_ islands: Islands, _ owner: Person) async throws {
    let answer = try await owner.session.send(.GET, "/api/v1/organizations")
    #expect(answer.status == 503)
    let running = #expect(throws: CommandFailure.self) { try islands.archipelago.checkProcesses() }
    let started = await #expect(throws: PostgresError.self) {
      try await islands.archipelago.startDatabase(islands.control)
    }
    #expect(started?.sqlState == .diskFull)
    for failure in [running, started.map { CommandFailure($0) }] {
      let line = try #require(failure?.description)
      #expect(line.contains("free space on the disk of pg_wal, then start again"))
      #expect(!line.contains("\n"))
    }
  }
}
