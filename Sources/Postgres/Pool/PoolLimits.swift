/// The bounds of a connection pool.
public struct PoolLimits: Hashable, Sendable {
  /// Connections open at once.
  public var maximumConnections: Int
  /// Callers that may wait for a connection; the next one is refused at once.
  public var maximumWaiters: Int
  /// How long a caller waits before `.poolExhausted`.
  public var waitTimeout: Duration
  /// Age at which a connection is replaced instead of lent again.
  public var maximumLifetime: Duration
  /// How long an unused connection is kept while ``PostgresClient/run()`` runs.
  public var idleTimeout: Duration

  public init(
    maximumConnections: Int = 10, maximumWaiters: Int = 1000, waitTimeout: Duration = .seconds(10),
    maximumLifetime: Duration = .seconds(1800), idleTimeout: Duration = .seconds(300)
  ) {
    self.maximumConnections = max(1, maximumConnections)
    self.maximumWaiters = max(0, maximumWaiters)
    self.waitTimeout = waitTimeout
    self.maximumLifetime = maximumLifetime
    self.idleTimeout = idleTimeout
  }
}
