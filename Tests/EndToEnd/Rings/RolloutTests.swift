import Postgres
import SyncProtocol
import Testing

@testable import atoll

@Suite("Rollouts over real processes", .serialized)
struct RolloutTests {
  @Test(
    "a poison revision reaches the canary alone, which keeps what it had; no snapshot or repair brings it to others")
  func poison() async throws {
    try await Islands.run { islands in
      let (eu, us) = (try islands.region("eu"), try islands.region("us"))
      try await Self.prepare(islands)
      for region in [eu, us] {
        try await islands.withDatabase(of: region) {
          try await $0.execute(
            "ALTER TABLE replica.feature_flag ADD CONSTRAINT no_poison CHECK (value::text NOT LIKE '%poison%')")
        }
      }
      try await Self.release(islands, "1")
      try await eventually("revision 1 is everywhere", within: .seconds(30)) {
        try await Self.rollout(islands).state == "complete"
      }
      try await eventually("both regions hold it") {
        let (one, other) = (try await Self.value(islands, eu), try await Self.value(islands, us))
        return one == "1" && other == "1"
      }

      try await Self.release(islands, #"{"poison":true}"#)
      try await eventually("the rollout is halted", within: .seconds(30)) {
        try await Self.rollout(islands).state == "halted"
      }
      let halted = try await Self.rollout(islands)
      #expect(halted.code == "REFUSED")
      #expect(halted.region == "eu")
      let kept: SQL = "SELECT count(*) FROM outbox.quarantine WHERE kind = 'feature_flag' AND key = 'checkout'"
      #expect(try await islands.count(in: eu, kept) == 1)
      #expect(try await Self.value(islands, eu) == "1")

      // The other region loses a row, and then everything that it knows of control's log.
      try await islands.withDatabase(of: us) { try await $0.execute("DELETE FROM replica.feature_flag") }
      _ = try await Self.atoll(islands, ["diff", "region", "us", "--repair"])
      #expect(try await Self.value(islands, us) == "1")
      await islands.archipelago.process(of: us)?.stop()
      try await islands.withDatabase(of: us) {
        try await $0.execute("DELETE FROM replica.feature_flag")
        try await $0.execute("DELETE FROM outbox.cursor WHERE stream = 0")
      }
      try await islands.archipelago.start(us)
      try await eventually("a snapshot brought it again") { try await Self.value(islands, us) == "1" }
      #expect(try await islands.count(in: us, kept) == 0)
      #expect(try await Self.rollout(islands).state == "halted")

      _ = try await Self.atoll(islands, ["flag", "rollback", "checkout"])
      try await eventually("the canary's quarantine is empty") { try await islands.count(in: eu, kept) == 0 }
      #expect(try await Self.value(islands, eu) == "1")
      #expect(try await Self.rollout(islands).state == "rolled_back")
    }
  }

  @Test("a canary whose agent dies halts what it was given, and resume goes on without it")
  func deadCanary() async throws {
    try await Islands.run { islands in
      let (eu, us) = (try islands.region("eu"), try islands.region("us"))
      try await Self.prepare(islands)
      _ = try await Self.atoll(islands, ["ring", "set", "canary", "--soak", "600"])
      try await Self.release(islands, "true")
      try await eventually("the canary has it") { try await Self.value(islands, eu) == "true" }
      await islands.archipelago.process(of: eu)?.crash()
      try await eventually("the rollout is halted", within: .seconds(60)) {
        try await Self.rollout(islands).state == "halted"
      }
      #expect(try await Self.rollout(islands).code == "REGION_FAILED")
      #expect(try await Self.value(islands, us) == nil)
      _ = try await Self.atoll(islands, ["flag", "resume", "checkout"])
      try await eventually("the others have it", within: .seconds(30)) { try await Self.value(islands, us) == "true" }
    }
  }

  /// `eu` is the canary; both regions are live.
  private static func prepare(_ islands: Islands) async throws {
    for ring in ["canary", "early", "broad"] {
      _ = try await atoll(islands, ["ring", "set", ring, "--soak", "1", "--watch", "600"])
    }
    _ = try await atoll(islands, ["ring", "assign", "eu", "canary"])
    let rings = try await atoll(islands, ["ring", "list"]).field("rings").array(maximum: 9)
    #expect(try rings.first?.field("regions").array(maximum: 9).map { try $0.string() } == ["eu"])
    try await eventually("both regions are live", within: .seconds(30)) {
      let regions = try await atoll(islands, ["region", "list"]).field("regions").array(maximum: 9)
      return try regions.allSatisfy { try $0.field("sync").string() == "live" }
    }
  }

  private static func release(_ islands: Islands, _ value: String) async throws {
    _ = try await atoll(islands, ["flag", "set", "checkout", value])
    _ = try await atoll(islands, ["flag", "release", "checkout"])
  }

  private static func rollout(_ islands: Islands) async throws -> (state: String, code: String?, region: String?) {
    let status = try await atoll(islands, ["flag", "status", "checkout"])
    let newest = try #require(try status.field("rollouts").array(maximum: 100).first)
    return (
      try newest.field("state").string(), try newest.optional("code")?.string(),
      try newest.optional("region")?.string()
    )
  }

  /// What an application in the region reads.
  private static func value(_ islands: Islands, _ region: SiloFolder) async throws -> String? {
    try await islands.withDatabase(of: region) { client in
      let mayRead = try await client.query(
        "SELECT has_table_privilege('atoll_region_application', 'atoll.feature_flag', 'SELECT')"
      ).only().decode(Bool.self)
      #expect(mayRead)
      return try await client.query("SELECT value::text FROM atoll.feature_flag WHERE name = 'checkout'")
        .decode(String.self).first
    }
  }

  /// Runs `atoll` as an operator would.
  private static func atoll(_ islands: Islands, _ arguments: [String]) async throws -> JSONReader {
    let outcome = try await Shell(islands).run(
      arguments + [
        "--json", "--log-level", "warning", "--control-url", islands.layout.url(of: islands.control),
        "--operator-token-file", islands.control.operatorToken,
      ])
    try #require(outcome.exit == 0, "\(arguments): \(outcome.output)\(outcome.errors)")
    return try outcome.json()
  }
}
