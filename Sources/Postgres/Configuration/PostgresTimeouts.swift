/// Time limits of connections. `nil` means no limit.
public struct PostgresTimeouts: Hashable, Sendable {
  /// One attempt to connect to one address, TLS and authentication included.
  public var connect: Duration
  /// The server's `statement_timeout`.
  public var statement: Duration?
  /// The server's `lock_timeout`.
  public var lock: Duration?
  /// The server's `idle_in_transaction_session_timeout`.
  public var idleInTransaction: Duration?
  /// How long sent data may stay unacknowledged before the connection counts as lost (`tcp_user_timeout`).
  public var unacknowledged: Duration
  /// How long a cancelled statement may take to end before its connection is dropped.
  public var cancel: Duration

  public init(
    connect: Duration = .seconds(10), statement: Duration? = .seconds(60), lock: Duration? = nil,
    idleInTransaction: Duration? = .seconds(60), unacknowledged: Duration = .seconds(20),
    cancel: Duration = .seconds(5)
  ) {
    self.connect = connect
    self.statement = statement
    self.lock = lock
    self.idleInTransaction = idleInTransaction
    self.unacknowledged = unacknowledged
    self.cancel = cancel
  }
}

extension Duration {
  /// Whole milliseconds, rounded up, so a tiny limit never turns into none.
  package var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let rest = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return product.addingReportingOverflow(rest).partialValue
  }
}
