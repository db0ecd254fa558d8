import NIOHTTP1
import Postgres
import SyncProtocol
import TestSupport
import Testing

@testable import atoll

@Suite("A region's database comes back from a backup, or runs twice", .serialized)
struct RegionRestoreTests {
  @Test(
    "an old cold copy: control drops what the region has no more, the region gets its replica back and stays writable")
  func coldCopy() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let eu = try islands.region("eu")
      let scene = try await RestoreScene.prepare(islands)
      let backup = "\(islands.layout.root)/backup"
      try await islands.offline(eu) { try await ServerCopies.cold($0, to: backup) }
      let lost = try await scene.goOn()
      try await islands.offline(eu) { try await ServerCopies.restore(backup, over: $0) }
      try await Self.expectRestored(scene, lost)
    }
  }

  @Test("a dump loaded into another cluster")
  func dump() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let eu = try islands.region("eu")
      let scene = try await RestoreScene.prepare(islands)
      let server = try islands.server(of: eu)
      let (dump, roles) = ("\(islands.layout.root)/eu.dump", "\(islands.layout.root)/roles.sql")
      try await ServerPrograms.dumpRoles(of: server, to: roles)
      try await ServerPrograms.dump("atoll", of: server, to: dump)
      let lost = try await scene.goOn()
      try await islands.offline(eu) { postgres in
        try await Program.run(["rm", "-rf", "\(postgres)/pgdata"])
        let fresh = try await EmbeddedServer.start(directory: postgres)
        try await ServerPrograms.runFile(roles, in: "postgres", of: fresh)
        try await ServerPrograms.restore(dump, as: "atoll", owner: "eu_owner", into: fresh)
        await fresh.stop()
      }
      try await Self.expectRestored(scene, lost)
    }
  }

  private static func expectRestored(_ scene: RestoreScene, _ lost: RestoreScene.Lost) async throws {
    let (islands, eu) = (scene.islands, scene.eu)
    try await eventually("eu's log is in another epoch, and control follows it") {
      let own = try await islands.count(in: eu, "SELECT epoch::int8 FROM outbox.sequencer")
      let followed = try await islands.count(
        in: islands.control, "SELECT coalesce(min(epoch), 0)::int8 FROM outbox.cursor WHERE stream > 0")
      return own >= 2 && followed == own
    }
    #expect(try await scene.phase() == "normal", "a region's restore keeps nobody from granting")
    // The organization that eu lost is made anew for its owner, under its slug; control has told operators.
    _ = try await scene.ann.enter(lost.later)
    let client = try await scene.ann.enter(scene.kept)
    _ = try await client.call(.PUT, "/api/0/organizations/\(scene.kept.id)/", ["name": "Written"])
    let alarms = try await islands.count(
      in: islands.control, "SELECT count(*) FROM control.audit WHERE alarm AND action = 'organization.lost'")
    #expect(alarms >= 1)
    try await eventually("what ended stays ended: dora is nowhere a member, her organization nowhere open") {
      let grants = try await islands.count(
        in: islands.control,
        "SELECT count(*) FROM directory.\"grant\" WHERE user_id = \(scene.dora.id)::uuid AND state = 'live'")
      let answer = try await scene.dora.session.send(
        .POST, "/api/v1/tokens", ["organization": .string(scene.doras.id)])
      return grants == 0 && answer.status == 404
    }
    try await eventually("eu knows again that carl is suspended") {
      try await islands.count(
        in: eu, "SELECT count(*) FROM replica.user_status WHERE id = \(scene.carl.id)::uuid AND status = 'active'") == 0
    }
    try await eventually("control shows what eu says now") {
      try await islands.count(
        in: islands.control,
        "SELECT count(*) FROM directory.organization WHERE id = \(scene.kept.id)::uuid AND name = 'Written'") == 1
    }
  }

  @Test("both copies of a cloned region run: one is fenced, and operators are told")
  func clone() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let eu = try islands.region("eu")
      let ann = try await Person.signUp(islands)
      let organization = try await ann.createOrganization(region: "eu")
      _ = try await ann.enter(organization)
      let copy = "\(islands.layout.root)/copy"
      try await islands.offline(eu) { postgres in
        try await ServerCopies.cold(postgres, to: copy)
        try await Program.run(["cp", "-a", eu.keys, "\(copy)/keys"])
      }
      let server = try await EmbeddedServer.start(directory: copy)
      let port = try islands.server(of: eu).port
      let url = try SecretFile(path: eu.connectionFile(.service)).text(maximumBytes: 1024)
      let file = SecretFile(path: "\(copy)/service.url")
      try file.write(Array(url.replacing(":\(port)/", with: ":\(server.port)/").utf8))
      let twin = try ChildProcess(
        name: "twin", executable: try Islands.binary(),
        arguments: [
          "region", "serve", "--data", "\(copy)/keys", "--database-file", file.path, "--listen", "127.0.0.1:0",
          "--development", "--log-format", "json", "--region", "eu",
        ], environment: ["PATH": "/usr/bin:/bin"], output: "\(copy)/twin.log")
      let alarms = try await eventually("operators are told that eu runs twice") {
        let actions = try await islands.withDatabase(of: islands.control) {
          try await $0.query(
            """
            SELECT action FROM control.audit WHERE alarm AND action IN ('region.clone_suspected', 'region.counter_fell')
            """
          ).decode(String.self)
        }
        return actions.isEmpty ? nil : actions
      }
      #expect(!alarms.isEmpty)
      // Exactly one speaks for the region: the other is answered no, and its operator reads it.
      try await eventually("one of the two is fenced") {
        let status = try await JSONClient(base: islands.layout.url(of: eu)).call(.GET, "/api/v1/status")
        let isOriginalFenced = try status.field("state").string() == "fenced"
        let log = String(decoding: try SecretFile.bytes(at: "\(copy)/twin.log", maximumBytes: 1 << 20), as: UTF8.self)
        let isTwinFenced = log.contains("COUNTER_FELL") || log.contains("CLONE_SUSPECTED")
        return isOriginalFenced != isTwinFenced
      }
      await twin.stop()
      await server.stop()
    }
  }
}
