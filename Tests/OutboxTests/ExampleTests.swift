import Outbox
import Postgres
import TestSupport
import Testing

@Suite("Examples")
struct ExampleTests {
  @Test("the SQL example captures with nothing but SQL, and what was rolled back leaves no pointer")
  func psql() async throws {
    try await withTestDatabase(migrations: [Pair.outbox]) { client in
      let name = try await client.query("SELECT current_database()").only().decode(String.self)
      let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
      try await ServerPrograms.runFile(
        "/\(root)/Examples/psql/capture.sql", in: name, of: try await PostgresTestServer.shared.server(),
        stopsAtError: true)
      let kinds = try await client.query(
        "SELECT k.name FROM outbox.pending AS p JOIN outbox.kind AS k ON k.id = p.kind ORDER BY p.seq"
      ).decode(String.self)
      #expect(kinds == ["ticket", "seat"])
    }
  }
}
