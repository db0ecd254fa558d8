import Logging
public import Postgres

/// Lends a client of a new database to `body` and drops the database afterwards, whatever is still connected to it.
///
/// - Parameter migrations: what is applied, in order; each combination is migrated once per process and copied from then on.
public func withTestDatabase<Result>(
  migrations: [Migrator] = [],
  pool: PoolLimits = PoolLimits(maximumConnections: 10, waitTimeout: .seconds(60)),
  _ body: (PostgresClient) async throws -> Result
) async throws -> Result {
  let server = PostgresTestServer.shared
  return try await server.permits.withPermit {
    let configuration = try await server.createDatabase(migrations)
    let client = PostgresClient(configuration: configuration, pool: pool, logger: Logger(label: "test.database"))
    let result: Result
    do {
      result = try await body(client)
    } catch {
      client.shutdown()
      try await server.dropDatabase(configuration)
      throw error
    }
    client.shutdown()
    try await server.dropDatabase(configuration)
    return result
  }
}
