/// What a receiver asks of its own database: operations 17 to 22 of the storage port. One is outstanding at a time.
public enum ReceiverOperation: Sendable, Hashable {
  /// 17. Read the states of all lanes of a stream (lanes without one are missing) and its quarantined rows, to report them again.
  /// Answer: `lanes`.
  case readLanes(stream: SiloNumber)
  /// 18. In one transaction: compare-and-set the lane's state from `expected` (its cursor must be equal, and if `next` is of another epoch its `seen` too) to `next` (`seen` never falls within
  /// an epoch); apply the rows by
  /// ``VersionGuard``, one statement a kind; quarantine rows that cannot be applied, each with a code; and if `sweep` is given remove the lane's
  /// rows of this stream that are older than it, leaving tombstones of the bound. Answer: `applied`, `cursorMoved`, `failed`, `outcomeUnknown`.
  case apply(ApplyPlan)
  /// 19. In one transaction: replace the states of these lanes, each by compare-and-set from `expected` (nil: none was there), and forget all
  /// outstanding bulk requests. Answer: `reset` or `cursorMoved`.
  case resetLanes(stream: SiloNumber, expected: [Lane: LaneState], next: [Lane: LaneState])
  /// 20. Keep a bulk request as outstanding with the cursor of its rows' lane at this moment, before it is sent. Answer: `bulkRecorded`.
  case recordBulk(BulkRequest)
  /// 21. If its request is still outstanding, forget the request; and if its rows were read in the epoch of the lane's cursor, apply them by
  /// ``VersionGuard``, raise the lane's `seen` and `consistentAt` to one more than the head of its rows, and set `isConsistencyKnown` to
  /// false. A read of another epoch may show a state that a restore lost. Answer: `bulkApplied`.
  case applyBulk(BulkAnswer)
  /// 22. Delete the tombstones that ``VersionGuard/mayForget(_:floor:)`` allows, and bulk requests older than their deadline. Answer: `tidied`.
  case collectTombstones(stream: SiloNumber)
}

/// One batch as its receiver's database shall take it.
public struct ApplyPlan: Sendable, Hashable {
  public let stream: SiloNumber
  public let lane: Lane
  public let expected: LaneState
  public let next: LaneState
  /// Ascending, each key once.
  public let rows: [RowImage]
  /// The resynchronization that ends with this batch.
  public let sweep: LaneState.Resync?

  public init(
    stream: SiloNumber, lane: Lane, expected: LaneState, next: LaneState, rows: [RowImage], sweep: LaneState.Resync?
  ) {
    self.stream = stream
    self.lane = lane
    self.expected = expected
    self.next = next
    self.rows = rows
    self.sweep = sweep
  }
}

/// A repair or a snapshot chunk that a receiver asked for.
public struct BulkRequest: Sendable, Hashable {
  /// Random; an answer to a request that nobody remembers is refused.
  public let id: String
  public let stream: SiloNumber
  /// All of kinds of this lane.
  public let lane: Lane
  /// The lane's cursor when the request was made.
  public let madeAt: Cursor
  public let references: [RowReference]

  public init(id: String, stream: SiloNumber, lane: Lane, madeAt: Cursor, references: [RowReference]) {
    self.id = id
    self.stream = stream
    self.lane = lane
    self.madeAt = madeAt
    self.references = references
  }
}

/// Rows read for a ``BulkRequest``; keys that are gone or not entitled are left out.
public struct BulkAnswer: Sendable, Hashable {
  public let id: String
  public let stream: SiloNumber
  public let rows: [RowImage]

  public init(id: String, stream: SiloNumber, rows: [RowImage]) {
    self.id = id
    self.stream = stream
    self.rows = rows
  }
}
