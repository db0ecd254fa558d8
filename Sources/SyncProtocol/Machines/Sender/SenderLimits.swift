/// The bounds of a sender.
public struct SenderLimits: Sendable, Hashable {
  /// Entries of one batch, unless a single source transaction has more.
  public var batch: Int
  /// Bytes of values of one batch, unless a single entry brings more.
  public var bytes: Int
  /// As ``TickLimits/wholeTransaction``.
  public var wholeTransaction: Int
  /// Positions that a lane without news may fall behind before it gets an empty interval at once.
  public var lateLane: Int64
  /// The longest hold, in milliseconds, also while the log grows by entries that do not concern the receiver: what a region costs must not depend on how much
  /// happens in others. An empty interval then advances its cursor, its freshness and its lag.
  public var hold: Int64
  /// What an answer of `retry` says, in milliseconds.
  public var retry: Int64

  public init(
    batch: Int = 1000, wholeTransaction: Int = 1000, lateLane: Int64 = 10_000, hold: Int64 = 29_000,
    retry: Int64 = 1000, bytes: Int = RowLimits.batch
  ) {
    self.bytes = max(1, bytes)
    self.batch = max(1, batch)
    self.wholeTransaction = max(1, wholeTransaction)
    self.lateLane = max(1, lateLane)
    self.hold = max(0, hold)
    self.retry = max(1, retry)
  }
}
