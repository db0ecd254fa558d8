/// The one row that says how far a silo's log is sequenced. Read and written by ticks under its row lock.
public struct LogState: Sendable, Hashable {
  public var epoch: Epoch
  /// Rises with each change of the leader. A tick that finds another number than its own must not write.
  public var fence: Int64
  /// Position of the last entry.
  public var head: Position
  /// The chain at ``head``.
  public var chain: ChainHash
  /// Every pointer that this snapshot sees has a position or belongs to a transaction in ``carries``.
  public var done: TransactionSnapshot
  /// A backlog that is being worked off in several ticks; nil when the last tick took everything.
  public var cut: Cut?
  /// Transactions in work, in the order in which they were found: nothing else remembers their remaining pointers.
  public var carries: [Carry]
  /// No pointer at or below can appear any more, and all that did are sequenced or carried: polls read above it.
  public var floor: Int64
  public var floorCandidate: FloorCandidate?
  /// Microseconds since 1970 by the source's database clock: whatever had committed then is in the log.
  public var completeAsOf: Int64
  /// The snapshot of the last tick that left neither a cut nor a carry.
  public var completeSnapshot: TransactionSnapshot

  /// The log before its first tick.
  public init(epoch: Epoch) {
    self.init(
      epoch: epoch, fence: 0, head: .zero, chain: .origin, done: .empty, cut: nil, carries: [], floor: 0,
      floorCandidate: nil, completeAsOf: 0, completeSnapshot: .empty)
  }

  public init(
    epoch: Epoch, fence: Int64, head: Position, chain: ChainHash, done: TransactionSnapshot, cut: Cut?,
    carries: [Carry], floor: Int64, floorCandidate: FloorCandidate?, completeAsOf: Int64,
    completeSnapshot: TransactionSnapshot
  ) {
    self.epoch = epoch
    self.fence = fence
    self.head = head
    self.chain = chain
    self.done = done
    self.cut = cut
    self.carries = carries
    self.floor = floor
    self.floorCandidate = floorCandidate
    self.completeAsOf = completeAsOf
    self.completeSnapshot = completeSnapshot
  }

  /// Whether everything that ``done`` sees has a position.
  public var isComplete: Bool { cut == nil && carries.isEmpty }

  /// Pending pointers at or below are needed by nobody: their partitions may be truncated.
  public var lowWater: Int64 { carries.reduce(floor) { min($0, $1.after) } }

  /// A bounded backlog: the pointers that `upper` sees and ``LogState/done`` does not.
  public struct Cut: Sendable, Hashable {
    public var upper: TransactionSnapshot
    /// The cut's pointers up to this sequence are sequenced or carried.
    public var progress: Int64

    public init(upper: TransactionSnapshot, progress: Int64) {
      self.upper = upper
      self.progress = progress
    }
  }

  /// One source transaction whose pointers are not all in the log yet.
  public struct Carry: Sendable, Hashable {
    public let transaction: UInt64
    /// Its pointers up to this sequence have positions.
    public var after: Int64
    /// Its largest sequence; nil while the end of the transaction lies beyond the window (*held*: none of it is in the log yet).
    public var through: Int64?

    public init(transaction: UInt64, after: Int64, through: Int64?) {
      self.transaction = transaction
      self.after = after
      self.through = through
    }
  }

  /// The sequence's last value, read *before* the tick took its own transaction id: once a snapshot that is done sees every
  /// transaction up to that id as over, no pointer at or below the sequence can appear any more.
  public struct FloorCandidate: Sendable, Hashable {
    public let sequence: Int64
    public let transaction: UInt64

    public init(sequence: Int64, transaction: UInt64) {
      self.sequence = sequence
      self.transaction = transaction
    }
  }
}
