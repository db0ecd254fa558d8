import NIOHTTP1
import Postgres
import SyncProtocol
import TestSupport
import Testing

@testable import atoll

@Suite("Control's database fails over", .serialized)
struct FailoverTests {
  @Test("a synchronous standby that lost nothing: sessions live on, no region starts over, grants open by themselves")
  func synchronous() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let scene = try await RestoreScene.prepare(islands)
      let (standby, directory) = try await Self.standby(islands, "one")
      try await Self.caughtUp(islands)
      let resync = try await islands.count(in: scene.eu, "SELECT max(epoch)::int8 FROM outbox.cursor WHERE stream = 0")
      #expect(resync == 1)
      await islands.archipelago.process(of: islands.control)?.stop()
      // Everything that was committed has reached the standby, and nothing is committed any more.
      try await Self.caughtUp(islands)
      await islands.archipelago.server(of: islands.control)?.stop()
      try await Self.promote(standby, directory, islands)
      try await eventually("control has verified that nothing was lost") {
        let document = try await scene.operators.call(.GET, "/api/v1/operator/reconcile")
        return try document.field("state").string() == "normal" && document.field("cause").string() == "timeline"
      }
      let document = try await scene.operators.call(.GET, "/api/v1/operator/reconcile")
      #expect(try document.field("cause").string() == "timeline")
      #expect(
        try document.field("regions").array(maximum: 10).allSatisfy {
          try $0.field("differences").integer(in: 0...0) == 0
        })
      _ = try await scene.ann.session.call(.GET, "/api/v1/me")
      try await scene.expectWorking(scene.ann)
    }
  }

  @Test("an asynchronous standby that lost a tail: regions prove it, and bring back what was granted")
  func asynchronous() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let scene = try await RestoreScene.prepare(islands)
      let (standby, directory) = try await Self.standby(islands, "one")
      try await Self.caughtUp(islands)
      // It stops receiving: what follows is the tail.
      await standby.stop()
      let lost = try await scene.goOn()
      await islands.archipelago.process(of: islands.control)?.stop()
      await islands.archipelago.server(of: islands.control)?.stop()
      let again = try await EmbeddedServer.start(directory: directory)
      try await Self.promote(again, directory, islands)
      try await scene.expectReconciled(lost, cause: "witness")
    }
  }

  @Test("two standbys promoted from one timeline, one after the other: the second is not taken for the first")
  func twoPromotions() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let scene = try await RestoreScene.prepare(islands)
      let (first, firstDirectory) = try await Self.standby(islands, "one")
      let (second, secondDirectory) = try await Self.standby(islands, "two")
      try await Self.caughtUp(islands)
      await second.stop()
      await islands.archipelago.process(of: islands.control)?.stop()
      try await Self.caughtUp(islands)
      await islands.archipelago.server(of: islands.control)?.stop()
      try await Self.promote(first, firstDirectory, islands)
      try await eventually("control has verified the first promotion") {
        let document = try await scene.operators.call(.GET, "/api/v1/operator/reconcile")
        return try document.field("state").string() == "normal" && document.field("cause").string() == "timeline"
      }
      let lost = try await scene.goOn()
      await islands.archipelago.process(of: islands.control)?.stop()
      await islands.archipelago.server(of: islands.control)?.stop()
      let again = try await EmbeddedServer.start(directory: secondDirectory)
      try await Self.promote(again, secondDirectory, islands)
      try await scene.expectReconciled(lost, cause: "witness", epoch: 3)
    }
  }

  /// A standby of control's database that runs in a directory of its own.
  private static func standby(_ islands: Islands, _ name: String) async throws -> (EmbeddedServer, String) {
    let directory = "\(islands.layout.root)/standby-\(name)"
    try await ServerCopies.base(
      of: try islands.server(of: islands.control), to: directory, standby: true, name: name)
    return (try await EmbeddedServer.start(directory: directory), directory)
  }

  private static func caughtUp(_ islands: Islands) async throws {
    try await islands.withSuperuser(of: islands.control) { client in
      let position = try await client.query("SELECT pg_current_wal_lsn()::text").only().decode(String.self)
      try await eventually("every standby has replayed up to \(position)") {
        try await client.query(
          "SELECT count(*) > 0 AND bool_and(replay_lsn >= \(position)::text::pg_lsn) FROM pg_stat_replication"
        ).only().decode(Bool.self)
      }
    }
  }

  /// Promotes a standby and runs control on it, in the place of the former primary.
  private static func promote(_ standby: EmbeddedServer, _ directory: String, _ islands: Islands) async throws {
    try await ServerPrograms.promote(standby)
    await standby.stop()
    try await ServerCopies.restore(directory, over: islands.control.postgres)
    try await islands.archipelago.startDatabase(islands.control)
    try await islands.archipelago.start(islands.control)
  }
}
