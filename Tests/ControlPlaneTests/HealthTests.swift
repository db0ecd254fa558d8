import Outbox
import HTTPTypes
import ControlPlane
import Postgres
import SyncProtocol
import Testing

@Suite("Health and readiness of control")
struct HealthTests {
  private static func check(_ answer: Answer, _ name: String) throws -> String {
    let checks = try answer.json.field("checks").array(maximum: 10)
    return try #require(try checks.first { try $0.field("name").string() == name }).field("status").string()
  }

  @Test("a migrated control plane is ready, degraded until its sequencer beats, and alive whatever else")
  func ready() async throws {
    try await withControl { control in
      let before = try await control.get("/ready")
      #expect(before.status == 200)
      #expect(try Self.check(before, "sequencer") == "degraded")
      try await control.sequence()
      let after = try await control.get("/ready")
      #expect(after.status == 200)
      #expect(try after.text("status") == "ready" && after.text("worst") == "ok")
      #expect(try Self.check(after, "database") == "ok")
      #expect(try Self.check(after, "schema") == "ok")
      #expect(try await control.get("/health").text("status") == "ok")
    }
  }

  @Test("a database that a newer program migrated gets no traffic, and the body says why")
  func newer() async throws {
    try await withControl { control in
      _ = try await control.query(
        "INSERT INTO outbox.migration (version, name, sha256) VALUES (10000, 'later', 'x')")
      let answer = try await control.get("/ready")
      #expect(answer.status == 503)
      #expect(try answer.text("status") == "unavailable")
      #expect(try Self.check(answer, "schema") == "unavailable")
      #expect(answer.headers[.retryAfter] == "1")
      #expect(try await control.get("/health").status == 200)
    }
  }

  @Test("a database that does not answer makes control unready, not dead")
  func unreachable() async throws {
    try await withControl { control in
      control.environment.database.client.shutdown()
      let answer = try await control.get("/ready")
      #expect(answer.status == 503)
      #expect(try Self.check(answer, "database") == "unavailable")
      #expect(try await control.get("/health").status == 200)
    }
  }
}
