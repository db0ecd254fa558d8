import FoundationEssentials
import Outbox
import Postgres
import SyncProtocol
import TestSupport
import Testing

@Suite("Roles can do what they must and nothing else")
struct RoleTests {
  /// Runs a statement as a role and says whether the server refused it for want of a privilege.
  private func isRefused(_ statement: SQL, as role: String, on client: PostgresClient) async throws -> Bool {
    do {
      try await client.withTransaction { connection in
        try await connection.execute("SET LOCAL ROLE \(identifier: role)")
        try await connection.execute(statement)
      }
      return false
    } catch let error as PostgresError {
      guard error.sqlState == .insufficientPrivilege else { throw error }
      return true
    }
  }

  private func withRoles(_ body: (Pair, _ service: String, _ application: String) async throws -> Void) async throws {
    try await Pair.with { pair in
      let suffix = UUID().uuidString.lowercased().prefix(8)
      let service = "service_\(suffix)"
      let application = "application_\(suffix)"
      try await pair.source.execute("CREATE ROLE \(identifier: service)")
      try await pair.source.execute("CREATE ROLE \(identifier: application)")
      try await pair.source.execute("SELECT outbox.grant_roles(\(service)::text::name, \(application)::text::name)")
      try await body(pair, service, application)
      for role in [service, application] {
        try await pair.source.execute("DROP OWNED BY \(identifier: role)")
        try await pair.source.execute("DROP ROLE \(identifier: role)")
      }
    }
  }

  @Test("the application appends its own kinds and reads, writes and forges nothing")
  func application() async throws {
    try await withRoles { pair, _, application in
      try await pair.source.execute("SELECT outbox.declare_kind('internal', 'uuid', 'main', false)")
      let allowed = try await isRefused(
        "SELECT outbox.append('item', gen_random_uuid())", as: application, on: pair.source)
      #expect(!allowed)
      let refused: [SQL] = [
        "SELECT outbox.append('internal', gen_random_uuid())",
        "SELECT outbox.append_pointers('{1}'::smallint[], '{a}'::bytea[])",
        "SELECT outbox.declare_kind('mine', 'uuid')",
        "SELECT outbox.declare_replica('app.item', 'item')",
        "SELECT outbox.capture('app.item', 'item')",
        "SELECT outbox.make_capture_functions(1::smallint, 'uuid', 'app.item', 'id')",
        "SELECT nextval('outbox.pending_seq')",
        "SELECT seq FROM outbox.pending",
        "INSERT INTO outbox.pending (seq, xid, kind, key) VALUES (1, '1', 1, 'a')",
        "SELECT name FROM outbox.kind",
        "SELECT head FROM outbox.sequencer",
        "SELECT entries FROM outbox.segment",
        "SELECT key FROM outbox.tombstone",
        "SELECT nonce FROM outbox.nonce",
        "SELECT url FROM outbox.webhook",
        "UPDATE outbox.cursor SET position = 0",
      ]
      for statement in refused {
        let isRefused = try await isRefused(statement, as: application, on: pair.source)
        #expect(isRefused, "\(statement)")
      }
    }
  }

  @Test("the service sequences and applies but cannot rewrite the log, its epochs or the pending pointers")
  func service() async throws {
    try await withRoles { pair, service, _ in
      let refused: [SQL] = [
        "UPDATE outbox.segment SET chain = 'a'", "DELETE FROM outbox.segment", "DELETE FROM outbox.epoch",
        "UPDATE outbox.epoch SET ordinal = 1", "DELETE FROM outbox.pending", "UPDATE outbox.pending SET seq = 1",
        "INSERT INTO outbox.pending (seq, xid, kind, key) VALUES (1, '1', 1, 'a')", "DELETE FROM outbox.sequencer",
        "INSERT INTO outbox.kind (name, key_type, lane, application) VALUES ('x', 'uuid', 'main', true)",
        "CREATE TABLE outbox.mine (id int)", "ALTER TABLE outbox.pending ADD COLUMN x int",
        "SELECT outbox.capture('app.item', 'item')",
      ]
      for statement in refused {
        let isRefused = try await isRefused(statement, as: service, on: pair.source)
        #expect(isRefused, "\(statement)")
      }
    }
  }

  @Test("a service that logs in with its own role sequences, sends, applies and tidies")
  func serviceSuffices() async throws {
    try await withRoles { pair, service, _ in
      try await pair.source.execute("ALTER ROLE \(identifier: service) LOGIN")
      try await pair.source.execute("GRANT USAGE ON SCHEMA app TO \(identifier: service)")
      try await pair.source.execute("GRANT SELECT ON app.item TO \(identifier: service)")
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
      let database = try await pair.source.query("SELECT current_database()::text").only().decode(String.self)
      var configuration = try await PostgresTestServer.shared.server().configuration(database: database)
      configuration.user = service
      let client = PostgresClient(
        configuration: configuration, pool: PoolLimits(maximumConnections: 4), logger: pair.logger)
      defer { client.shutdown() }
      let limited = Pair(source: client, replica: pair.replica, region: pair.region)
      try await limited.settle()
      #expect(try await pair.contents().replica.count == 1)
      try await client.withConnection { connection in
        var retention = RetentionProbe()
        try await retention.tidy(lowWater: 1 << 40, on: connection)
      }
    }
  }
}
