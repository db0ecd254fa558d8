internal import Outbox
package import Postgres

/// The region's schema in its database.
package enum RegionSchema {
  /// What a region's database is migrated with, in this order.
  package static let migrators = [
    Migrator(schema: "outbox", migrations: OutboxMigrations.all),
    Migrator(schema: "region", migrations: RegionMigrations.all),
  ]

  /// Brings the database up to this program. Run it as the owner; running it again changes nothing.
  package static func migrate(_ owner: PostgresClient) async throws {
    for migrator in migrators { try await migrator.migrate(owner) }
  }
}
