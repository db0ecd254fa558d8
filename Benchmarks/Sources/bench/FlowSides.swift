import Foundation
import Logging
import Outbox
import Postgres

/// A source and a target database on two servers, with a table that Atoll carries and one that logical replication does.
struct FlowSides {
  let source: PostgresClient
  let target: PostgresClient
  private let publisher: EmbeddedServer
  private let database: String

  /// - Parameter database: one for each group: what one leaves behind must not be the other's.
  static func with<T>(
    _ server: EmbeddedServer, _ subscriber: EmbeddedServer, database: String, _ body: (FlowSides) async throws -> T
  ) async throws -> T {
    let sides = try await prepare(server, subscriber, database)
    defer {
      sides.source.shutdown()
      sides.target.shutdown()
    }
    return try await body(sides)
  }

  private static func prepare(
    _ server: EmbeddedServer, _ subscriber: EmbeddedServer, _ database: String
  ) async throws -> FlowSides {
    let logger = Logger(label: "bench")
    for server in [server, subscriber] { try await server.ensureDatabase(database) }
    let source = PostgresClient(configuration: server.configuration(database: database), logger: logger)
    let target = PostgresClient(configuration: subscriber.configuration(database: database), logger: logger)
    for client in [source, target] {
      _ = try await Migrator(schema: "outbox", migrations: OutboxMigrations.all).migrate(client)
    }
    try await source.withConnection {
      try await $0.runScript(
        """
        CREATE SEQUENCE ours_id; CREATE SEQUENCE theirs_id;
        CREATE TABLE ours (id bigint PRIMARY KEY DEFAULT nextval('ours_id'), value bigint NOT NULL);
        CREATE TABLE theirs (id bigint PRIMARY KEY DEFAULT nextval('theirs_id'), value bigint NOT NULL);
        SELECT outbox.declare_kind('ours', 'int8', 'main', false);
        SELECT outbox.capture('ours', 'ours');
        CREATE PUBLICATION bench FOR TABLE theirs;
        """)
    }
    try await target.withConnection {
      try await $0.runScript(
        """
        CREATE TABLE ours (id bigint PRIMARY KEY, value bigint,
          _generation bigint NOT NULL, _epoch integer NOT NULL, _head bigint NOT NULL);
        CREATE TABLE theirs (id bigint PRIMARY KEY, value bigint);
        CREATE TABLE bare (id bigint PRIMARY KEY, value bigint);
        CREATE TABLE sunk (LIKE ours INCLUDING ALL);
        CREATE PUBLICATION watched FOR TABLE ours, theirs;
        """)
    }
    return FlowSides(source: source, target: target, publisher: server, database: database)
  }

  func subscribe() async throws {
    let place = "host=\(publisher.socketDirectory) port=\(publisher.port) user=postgres dbname=\(database)"
    try await target.withConnection {
      try await $0.runScript(
        """
        CREATE SUBSCRIPTION \(database) CONNECTION '\(place)' PUBLICATION bench
        WITH (synchronous_commit = 'on', copy_data = false)
        """)
    }
  }

  /// Changes the subscription: `ENABLE`, `DISABLE` or `SET (…)`.
  func alterSubscription(_ change: String) async throws {
    try await target.withConnection { try await $0.runScript("ALTER SUBSCRIPTION \(database) \(change)") }
  }
}
