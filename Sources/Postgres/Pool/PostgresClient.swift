public import Logging
public import ServiceLifecycle

public final class PostgresClient: Sendable, Service {
  public init(configuration: PostgresConfiguration, pool: PoolLimits = PoolLimits(), logger: Logger) {}
  public func run() async throws {}
  public func withConnection<T>(_ body: (PostgresConnection) async throws -> T) async throws -> T { throw pending }
  public func withTransaction<T>(
    _ options: TransactionOptions = .readCommitted, _ body: (PostgresConnection) async throws -> T
  ) async throws -> T { throw pending }
  public func query(_ sql: SQL) async throws -> PostgresRows { throw pending }
  @discardableResult
  public func execute(_ sql: SQL) async throws -> Int { throw pending }
}
