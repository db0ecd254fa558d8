import FoundationEssentials
import NIOHTTP1
import Postgres
import SyncProtocol
import Testing

@testable import atoll

@Suite("atoll diff over real processes", .serialized)
struct DiffTests {
  @Test("rows flipped, deleted and invented in either database are named row by row, mended, and shown as incidents")
  func bothDirections() async throws {
    try await Islands.run { islands in
      let ann = try await Person.signUp(islands, name: "Ann")
      let organization = try await ann.createOrganization(region: "eu")
      _ = try await ann.enter(organization)
      let eu = try islands.region("eu")
      let equal = try await Self.diff(islands, [])
      #expect(equal.status == 0, "\(equal.text)")
      #expect(try equal.document.field("rows").array(maximum: 10).isEmpty)

      try await Self.harm(islands, eu, organization, ann)
      let found = try await Self.diff(islands, [])
      #expect(found.status == 1)
      let codes = try Self.codes(found.document)
      #expect(
        codes == [
          "down token_key EXTRA", "down user CONTENT(name)", "down user_status MISSING",
          "up organization CONTENT(name)",
        ], "\(codes)")
      #expect(try await Self.incidents(islands) == 4)
      let only = try await Self.diff(islands, ["--kind", "grant"])
      #expect(only.status == 0)

      let mended = try await Self.diff(islands, ["--repair"])
      #expect(mended.status == 0, "\(mended.text)")
      #expect(try mended.document.field("rows").array(maximum: 10).allSatisfy { try $0.field("mended").bool() })
      #expect(try await Self.incidents(islands) == 0)
      try await Self.expectMended(islands, eu, organization, ann)
      #expect(try await Self.diff(islands, []).status == 0)
      let unknown = try await Self.diff(islands, ["--kind", "nothing"])
      #expect(unknown.status == 65)
    }
  }

  @Test("an offline region is named as offline, and the comparison goes on when its agent comes back")
  func offline() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let eu = try islands.region("eu")
      try await eventually("eu has connected") { try await Self.diff(islands, []).status == 0 }
      await islands.archipelago.process(of: eu)?.stop()
      try await islands.withDatabase(of: islands.control) {
        try await $0.execute("UPDATE control.agent_session SET seen = clock_timestamp() - interval '5 minutes'")
      }
      let offline = try await Self.diff(islands, [])
      #expect(offline.status == 69)
      #expect(offline.text.contains("offline"))
      try await islands.archipelago.start(eu)
      let done = try await eventually("the comparison is done") {
        let again = try await Self.diff(islands, [])
        return again.status == 0 ? again : nil
      }
      #expect(try done.document.field("state").string() == "complete")
    }
  }

  private static func harm(
    _ islands: Islands, _ eu: SiloFolder, _ organization: Person.Organization, _ ann: Person
  ) async throws {
    try await islands.withDatabase(of: eu) { database in
      try await database.execute("UPDATE replica.\"user\" SET name = 'Eve' WHERE id = \(ann.id)::uuid")
      try await database.execute("DELETE FROM replica.user_status WHERE id = \(ann.id)::uuid")
      try await database.execute(
        """
        INSERT INTO replica.token_key (kid, x, y, state, _generation, _epoch, _head)
        VALUES ('forged', repeat('A', 43), repeat('A', 43), 'active', 0, 1, 0)
        """)
    }
    try await islands.withDatabase(of: islands.control) {
      try await $0.execute("UPDATE directory.organization SET name = 'Other' WHERE id = \(organization.id)::uuid")
    }
  }

  private static func expectMended(
    _ islands: Islands, _ eu: SiloFolder, _ organization: Person.Organization, _ ann: Person
  ) async throws {
    #expect(
      try await islands.count(
        in: eu, "SELECT count(*) FROM replica.\"user\" WHERE id = \(ann.id)::uuid AND name = 'Ann'") == 1)
    #expect(
      try await islands.count(in: eu, "SELECT count(*) FROM replica.user_status WHERE id = \(ann.id)::uuid") == 1)
    #expect(try await islands.count(in: eu, "SELECT count(*) FROM replica.token_key WHERE kid = 'forged'") == 0)
    #expect(
      try await islands.count(
        in: islands.control,
        "SELECT count(*) FROM directory.organization WHERE id = \(organization.id)::uuid AND name = 'Other'") == 0)
    let recorded: SQL = "SELECT count(*) FROM outbox.incident WHERE state = 'mended'"
    #expect(try await islands.count(in: islands.control, recorded) == 4)
    #expect(try await islands.count(in: eu, recorded) == 4)
  }

  private static func codes(_ document: JSONReader) throws -> [String] {
    try document.field("rows").array(maximum: 100).map { row in
      let details = try row.field("details").array(maximum: 10).map { try $0.string() }
      let code = try row.field("difference").string()
      let shown = details.isEmpty ? code : "\(code)(\(details.joined(separator: ",")))"
      return "\(try row.field("direction").string()) \(try row.field("kind").string()) \(shown)"
    }
  }

  /// What `atoll status` says of open incidents of `eu`.
  private static func incidents(_ islands: Islands) async throws -> Int64 {
    let token = try SecretFile(path: islands.control.operatorToken).text(maximumBytes: 1024)
    let client = JSONClient(base: islands.layout.url(of: islands.control), token: token)
    let regions = try await client.call(.GET, "/api/v1/operator/status").field("regions").array(maximum: 10)
    let eu = try #require(try regions.first { try $0.field("name").string() == "eu" })
    return try eu.field("incidents_open").integer(in: 0...1000)
  }

  private struct Outcome {
    let status: Int
    let text: String
    let document: JSONReader
  }

  /// Runs `atoll diff region eu` as an operator would.
  private static func diff(_ islands: Islands, _ arguments: [String]) async throws -> Outcome {
    let outcome = try await Shell(islands).run(
      [
        "diff", "region", "eu", "--json", "--log-level", "warning", "--control-url",
        islands.layout.url(of: islands.control), "--operator-token-file", islands.control.operatorToken,
      ] + arguments)
    return Outcome(
      status: outcome.exit, text: outcome.output + outcome.errors,
      document: outcome.output.isEmpty ? JSONReader(.null) : try outcome.json())
  }
}
