/// What a receiver keeps of one lane of one stream, written with the effects it stands for in one transaction.
public struct LaneState: Sendable, Hashable {
  public var cursor: Cursor
  /// The lowest fork that everything applied in the cursor's epoch is certain to have survived: the highest head of any batch with rows, one
  /// more if that batch may have read commits without a position. Never falls within an epoch.
  public var seen: Position
  /// The largest `consistentAt` received: the replica is an exact cut once the cursor is at or past it, and ``isConsistencyKnown``.
  public var consistentAt: Position
  /// False while the last batch with rows came without a `consistentAt`, and after rows came beside the stream until a batch was read later.
  public var isConsistencyKnown: Bool
  /// Microseconds since 1970 by the source's database clock; 0 while nothing complete was applied.
  public var completeAsOf: Int64
  public var completeSnapshot: TransactionSnapshot
  /// A snapshot that does not have all chunks of the lane, or a resynchronization by pointers that has not reached its token.
  public var resync: Resync?

  /// Where the lane started over.
  public struct Resync: Sendable, Hashable {
    public let epoch: Int32
    public let bound: Position
    /// Rows of the lane older than `bound` go when a complete snapshot that sees this transaction is applied. Nil: chunks come beside the stream and
    /// sweep range by range.
    public let token: UInt64?

    public var isChunked: Bool { token == nil }

    public init(epoch: Int32, bound: Position, token: UInt64?) {
      self.epoch = epoch
      self.bound = bound
      self.token = token
    }

    /// Whether a row of this version came before the resynchronization.
    public func isOlder(_ version: RowVersion) -> Bool { (version.epoch, version.head) < (epoch, bound) }
  }

  public init(
    cursor: Cursor, seen: Position, consistentAt: Position = .zero, isConsistencyKnown: Bool = false,
    completeAsOf: Int64 = 0, completeSnapshot: TransactionSnapshot = .empty, resync: Resync? = nil
  ) {
    self.cursor = cursor
    self.seen = seen
    self.consistentAt = consistentAt
    self.isConsistencyKnown = isConsistencyKnown
    self.completeAsOf = completeAsOf
    self.completeSnapshot = completeSnapshot
    self.resync = resync
  }

  /// Whether the lane's replica is an exact cut of the source now (quarantined rows aside).
  public var isExactCut: Bool { isConsistencyKnown && resync == nil && cursor.position >= consistentAt }
}
