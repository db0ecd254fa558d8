/// What a pool did since it was made, for metrics.
public struct PoolStatistics: Hashable, Sendable {
  /// Connections that are lent now.
  public var inUse: Int
  /// Open and not lent.
  public var idle: Int
  /// Callers that wait now.
  public var waiting: Int
  /// Times a caller got a connection.
  public var acquired: UInt64
  /// Times a caller got none: refused, timed out, or no connection could be opened.
  public var failed: UInt64
  /// Of all calls together, from asking to having a connection or an error.
  public var acquireTime: Duration
}
