import NIOHTTP1
import Postgres
import SyncProtocol
import Testing

@testable import atoll

@Suite("A restored control database", .serialized)
struct RestoreTests {
  @Test(
    "a cold copy of control's database, put back later, starts a new epoch; regions drop what it never knew and go on")
  func coldCopy() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let eu = try islands.region("eu")
      let ann = try await Person.signUp(islands, name: "Ann")
      let kept = try await ann.createOrganization(region: "eu")
      _ = try await ann.enter(kept)
      let data = "\(islands.control.postgres)/pgdata"
      try await Self.offline(islands) { try await Self.copy(data, to: "\(islands.control.path)/backup") }

      let bob = try await Person.signUp(islands, name: "Bob")
      let lost = try await bob.createOrganization(region: "eu")
      _ = try await bob.enter(lost)
      try await Self.offline(islands) {
        try await Self.copy(data, to: "\(islands.control.path)/abandoned")
        try await Self.run("/bin/rm", ["-rf", data])
        try await Self.copy("\(islands.control.path)/backup", to: data)
      }

      try await eventually("eu follows another epoch of control") {
        try await islands.count(in: eu, "SELECT coalesce(min(epoch), 0)::int8 FROM outbox.cursor WHERE stream = 0") > 1
      }
      try await eventually("eu holds nothing about bob, whom the restored control does not know") {
        try await islands.count(in: eu, "SELECT count(*) FROM replica.\"user\" WHERE id = \(bob.id)::uuid") == 0
      }
      let anns = try await islands.count(in: eu, "SELECT count(*) FROM replica.\"user\" WHERE id = \(ann.id)::uuid")
      #expect(anns == 1, "what both knew stays")
      let next = try await eventually("control takes writes") { try await ann.requestOrganization(region: "eu") }
      try await ann.waitUntilDone(next)
      _ = try await ann.enter(next)
    }
  }

  /// Stops control and its database for the time of `body`.
  private static func offline(_ islands: Islands, _ body: () async throws -> Void) async throws {
    await islands.archipelago.process(of: islands.control)?.stop()
    await islands.archipelago.server(of: islands.control)?.stop()
    try await body()
    try await islands.archipelago.startDatabase(islands.control)
    try await islands.archipelago.start(islands.control)
  }

  /// With owners and modes, as a cold copy is made.
  private static func copy(_ source: String, to target: String) async throws {
    try await run("/bin/cp", ["-a", source, target])
  }

  private static func run(_ executable: String, _ arguments: [String]) async throws {
    let child = try ChildProcess(
      name: executable, executable: executable, arguments: arguments, environment: [:], output: "/dev/null")
    let end = try await child.waitUntilEnded()
    await child.stop()
    #expect(end == "exit 0", "\(executable) \(arguments.joined(separator: " "))")
  }
}
