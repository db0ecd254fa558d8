internal import Outbox
package import Postgres

/// The schema of control's database.
package enum ControlSchema {
  /// What has to be applied, in order.
  package static let migrators = [
    Migrator(schema: "outbox", migrations: OutboxMigrations.all),
    Migrator(schema: "control", migrations: ControlMigrations.all),
  ]

  /// Brings the database up to this program's version. Run it as the owner.
  package static func migrate(_ owner: PostgresClient) async throws {
    for migrator in migrators { try await migrator.migrate(owner) }
  }
}
