import Logging
import Postgres
import SyncProtocol
import TestSupport
import Testing

@testable import atoll

@Suite("Control's database comes back from a backup", .serialized)
struct ControlRestoreTests {
  @Test("a cold copy of the data directory: the witness tells, receipts return, nothing is granted twice")
  func coldCopy() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let scene = try await RestoreScene.prepare(islands)
      let backup = "\(islands.layout.root)/backup"
      try await islands.offline(islands.control) { try await ServerCopies.cold($0, to: backup) }
      let lost = try await scene.goOn()
      try await islands.offline(islands.control) { try await ServerCopies.restore(backup, over: $0) }
      try await scene.expectReconciled(lost, cause: "witness")
    }
  }

  @Test("a cold copy whose witness was copied along: the first region to call proves another history")
  func silentColdCopy() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let scene = try await RestoreScene.prepare(islands)
      let backup = "\(islands.layout.root)/backup"
      let witness = "\(islands.control.keys)/control.log.witness"
      try await islands.offline(islands.control) {
        try await ServerCopies.cold($0, to: backup)
        try await Program.run(["cp", "-a", witness, "\(backup)/witness"])
      }
      let lost = try await scene.goOn()
      try await islands.offline(islands.control) {
        try await ServerCopies.restore(backup, over: $0)
        try await Program.run(["cp", "-a", "\(backup)/witness", witness])
      }
      try await scene.expectReconciled(lost, cause: "peer")
    }
  }

  @Test("a dump loaded into another cluster: its transaction ids mean nothing there, and everything goes on")
  func dump() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let scene = try await RestoreScene.prepare(islands)
      let server = try islands.server(of: islands.control)
      let (dump, roles) = ("\(islands.layout.root)/control.dump", "\(islands.layout.root)/roles.sql")
      try await ServerPrograms.dumpRoles(of: server, to: roles)
      try await ServerPrograms.dump("atoll", of: server, to: dump)
      let lost = try await scene.goOn()
      try await islands.offline(islands.control) { postgres in
        try await Program.run(["rm", "-rf", "\(postgres)/pgdata"])
        let fresh = try await EmbeddedServer.start(directory: postgres)
        try await ServerPrograms.runFile(roles, in: "postgres", of: fresh)
        try await ServerPrograms.restore(dump, as: "atoll", owner: "control_owner", into: fresh)
        await fresh.stop()
      }
      try await scene.expectReconciled(lost, cause: "system")
    }
  }

  @Test("a dump loaded in the place of the database in the same cluster")
  func dumpInPlace() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let scene = try await RestoreScene.prepare(islands)
      let server = try islands.server(of: islands.control)
      let dump = "\(islands.layout.root)/control.dump"
      try await ServerPrograms.dump("atoll", of: server, to: dump)
      let lost = try await scene.goOn()
      await islands.archipelago.process(of: islands.control)?.stop()
      try await ServerPrograms.restore(dump, as: "atoll", owner: "control_owner", into: server)
      try await islands.archipelago.start(islands.control)
      try await scene.expectReconciled(lost, cause: "database")
    }
  }

  @Test("a recovery to a point in time")
  func pointInTime() async throws {
    let archive = "/tmp/atoll-archive-\(UInt64.random(in: .min ... .max))"
    try await ServerPrograms.makeDirectory(archive)
    try await Islands.run(
      regions: ["eu"], configure: { $0.databaseSettings.merge(ServerPrograms.archiving(to: archive)) { $1 } }
    ) { islands in
      let base = "\(islands.layout.root)/base"
      try await ServerCopies.base(of: try islands.server(of: islands.control), to: base)
      let scene = try await RestoreScene.prepare(islands)
      try await islands.withSuperuser(of: islands.control) { client in
        try await client.query("SELECT pg_create_restore_point('before')")
        try await client.query("SELECT pg_switch_wal()")
      }
      let lost = try await scene.goOn()
      try await islands.withSuperuser(of: islands.control) { client in
        let name = try await client.query("SELECT pg_walfile_name(pg_switch_wal())").only().decode(String.self)
        try await eventually("the last segment is archived") {
          try await client.query(
            "SELECT COALESCE(last_archived_wal >= \(name), false) FROM pg_stat_archiver"
          ).only().decode(Bool.self)
        }
      }
      try await islands.offline(islands.control) { postgres in
        try await ServerCopies.recover(base, from: archive, target: ["recovery_target_name": "before"])
        let recovered = try await EmbeddedServer.start(directory: base)
        try await Self.untilPrimary(recovered)
        await recovered.stop()
        try await ServerCopies.restore(base, over: postgres)
      }
      // The witness remembers that the log went further than the point.
      try await scene.expectReconciled(lost, cause: "witness")
    }
    try await Program.run(["rm", "-rf", archive])
  }

  /// Waits until a recovery has ended.
  private static func untilPrimary(_ server: EmbeddedServer) async throws {
    let client = PostgresClient(
      configuration: server.configuration(), logger: Logger(label: "end-to-end") { _ in SwiftLogNoOpLogHandler() })
    defer { client.shutdown() }
    try await eventually("the recovery has ended") {
      try await !client.query("SELECT pg_is_in_recovery()").only().decode(Bool.self)
    }
  }
}
