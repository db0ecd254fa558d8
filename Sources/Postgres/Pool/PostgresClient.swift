public import Logging
public import ServiceLifecycle

/// A database reached through a bounded pool of connections.
///
/// Usable as soon as it exists. ``run()`` keeps the pool tidy and closes it at the end; a service group runs it as long as the program
/// serves.
public final class PostgresClient: Sendable, Service {
  public let configuration: PostgresConfiguration
  private let pool: ConnectionPool
  private let logger: Logger

  public init(configuration: PostgresConfiguration, pool: PoolLimits = PoolLimits(), logger: Logger) {
    self.configuration = configuration
    self.pool = ConnectionPool(configuration: configuration, limits: pool)
    self.logger = logger
  }

  deinit {
    pool.close()
  }

  /// Closes connections that are unused for long until the task is cancelled or shut down gracefully; then closes the pool.
  public func run() async throws {
    logger.debug("PostgreSQL client started", metadata: ["database": "\(configuration.database)"])
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          try await Task.sleep(for: .seconds(5))
        } catch {
          break
        }
        self.pool.expire()
      }
    }
    pool.close()
    logger.debug("PostgreSQL client stopped", metadata: ["database": "\(configuration.database)"])
  }

  /// Closes idle connections and refuses new callers. Connections that are lent are closed when they come back.
  public func shutdown() {
    pool.close()
  }

  /// Lends a connection to `body`.
  ///
  /// Waits for a free one at most as long as the pool's limit. A connection that does not come back idle is closed.
  ///
  /// - Throws: ``PostgresError`` (`.poolExhausted`, `.poolClosed`, `.connection`), `CancellationError`, or the body's error.
  @discardableResult
  public func withConnection<T>(_ body: (PostgresConnection) async throws -> T) async throws -> T {
    try await lend(endsUnheard: false, body)
  }

  private func lend<T>(endsUnheard: Bool, _ body: (PostgresConnection) async throws -> T) async throws -> T {
    let lease = try await pool.acquire()
    let connection = PostgresConnection(lease.session, endsUnheard: endsUnheard)
    defer {
      connection.end()
      pool.release(lease)
    }
    return try await body(connection)
  }

  /// Runs `body` in a transaction on a connection of the pool, see ``PostgresConnection/withTransaction(_:_:)``.
  ///
  /// The end of a read-only transaction is not waited for, unless it is serializable: it can tell nothing.
  @discardableResult
  public func withTransaction<T>(
    _ options: TransactionOptions = .readCommitted, _ body: (PostgresConnection) async throws -> T
  ) async throws -> T {
    try await lend(endsUnheard: true) { try await $0.withTransaction(options, body) }
  }

  /// Runs one statement on a connection of the pool.
  @discardableResult
  public func query(_ sql: SQL) async throws -> PostgresRows {
    try await withConnection { try await $0.query(sql) }
  }

  /// Runs one statement on a connection of the pool and returns the number of rows it touched.
  @discardableResult
  public func execute(_ sql: SQL) async throws -> Int {
    try await withConnection { try await $0.execute(sql) }
  }

  /// Connections open, idle ones among them, and callers waiting.
  public var poolCounts: (open: Int, idle: Int, waiting: Int) { pool.counts }

  /// What the pool did since it was made.
  public var poolStatistics: PoolStatistics { pool.statistics }

  /// Runs tasks on the thread that waits for all connections, which saves two changes of thread for every statement.
  ///
  /// For tasks that do little besides talking to the database, in great number or with little latency. Whatever they compute delays every
  /// connection of the process, so heavy work belongs elsewhere, and blocking calls never there. nil when the thread could not be
  /// started, which means the usual executor.
  ///
  /// ```swift
  /// await withTaskExecutorPreference(PostgresClient.executor) { … }
  /// ```
  public static var executor: (any TaskExecutor)? { Poller.shared.canRunJobs ? Poller.shared : nil }
}
