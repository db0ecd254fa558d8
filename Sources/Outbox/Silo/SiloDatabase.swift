public import Postgres

/// A database that belongs to one silo, as a type: `SiloDatabase<ControlSilo>` cannot be passed where `SiloDatabase<RegionSilo>` is expected.
///
/// `Place` is a marker and never has a value. Third parties use one of their own, or their tests do.
public struct SiloDatabase<Place>: Sendable {
  /// The pool. Whoever takes it out of its type answers for where it goes.
  public let client: PostgresClient

  public init(_ client: PostgresClient) { self.client = client }

  /// Runs `body` in a transaction on a connection of this silo.
  public func withTransaction<T>(
    _ options: TransactionOptions = .readCommitted, _ body: (SiloConnection<Place>) async throws -> T
  ) async throws -> T {
    try await client.withTransaction(options) { try await body(SiloConnection($0)) }
  }

  /// Lends a connection of this silo to `body`.
  public func withConnection<T>(_ body: (SiloConnection<Place>) async throws -> T) async throws -> T {
    try await client.withConnection { try await body(SiloConnection($0)) }
  }
}

/// A lease of a connection to one silo's database. Stores take this, so that no store runs in the other silo's transaction.
public struct SiloConnection<Place> {
  public let connection: PostgresConnection

  /// Claims that `connection` is one of this silo: for sources and sinks, which the outbox calls with its own lease.
  public init(_ connection: PostgresConnection) { self.connection = connection }

  public func query(_ sql: SQL) async throws -> PostgresRows { try await connection.query(sql) }

  @discardableResult
  public func execute(_ sql: SQL) async throws -> Int { try await connection.execute(sql) }
}
