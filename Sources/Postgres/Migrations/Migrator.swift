public struct Migrator: Sendable {
  public let schema: String
  public let migrations: [Migration]
  public init(schema: String, migrations: [Migration]) {
    self.schema = schema
    self.migrations = migrations
  }
  @discardableResult
  public func migrate(_ client: PostgresClient) async throws -> MigrationReport { throw pending }
}
