/// What a receiver asks of its own database: operations 17 to 23 of the storage port. One is outstanding at a time.
public enum ReceiverOperation: Sendable, Hashable {
  /// 17. Read the states of all lanes of a stream (lanes without one are missing) and its quarantined rows, to report them again.
  /// Answer: `lanes`.
  case readLanes(stream: SiloNumber)
  /// 18. In one transaction: compare-and-set the lane's state from `expected` (its cursor must be equal, and if `next` is of another epoch its `seen` too) to `next` (`seen` never falls within
  /// an epoch; `resync` changes only where the plan changes it); `isConsistencyKnown` becomes false if a bulk answer meanwhile raised `consistentAt` above that
  /// of `next`; apply the rows by
  /// ``VersionGuard``, one statement a kind; quarantine rows that cannot be applied, each with a code; and if `sweep` is given remove the lane's
  /// rows of this stream that are older than it, leaving tombstones of the bound. Answer: `applied`, `cursorMoved`, `failed`, `outcomeUnknown`.
  case apply(ApplyPlan)
  /// 19. In one transaction: replace the states of these lanes, each by compare-and-set from `expected` (nil: none was there), and forget all
  /// outstanding bulk requests and the progress of an earlier snapshot. Answer: `reset` or `cursorMoved`.
  case resetLanes(stream: SiloNumber, expected: [Lane: LaneState], next: [Lane: LaneState])
  /// 20. Keep a bulk request as outstanding with the cursor of its rows' lane at this moment, before it is sent; a request for another chunk of the
  /// same kind that does not continue the kind's progress is forgotten. Losing it in a crash loses nothing: nobody waits for its answer any
  /// more. Answer: `bulkRecorded`.
  case recordBulk(BulkRequest)
  /// 21. In one transaction: if its request is still outstanding, forget the request; and if its rows were read in the epoch of the lane's cursor,
  /// apply them by ``VersionGuard``, raise the lane's `seen` and `consistentAt` to ``BulkAnswer/reach``, and set `isConsistencyKnown` to
  /// false. A read of another epoch may show a state that a restore lost. A chunk must besides belong to the lane's `resync` (chunked, its epoch, a
  /// head not below `bound`) and begin where its kind's progress ends; then rows of the stream with keys in its range, not in it and older
  /// than its head go with tombstones, in the order of keys up to a bound; the progress becomes the range's end, or the last key swept if
  /// the bound was met; and when all kinds of a lane are done its `resync` ends. Answer: `bulkApplied`.
  case applyBulk(BulkAnswer)
  /// 22. Delete the tombstones that ``VersionGuard/mayForget(_:floor:)`` allows, and bulk requests older than their deadline. Answer: `tidied`.
  case collectTombstones(stream: SiloNumber)
  /// 23. Read the snapshot under way: lanes whose `resync` is chunked, the progress of each kind and the outstanding requests for chunks, in one
  /// snapshot. Answer: `state`.
  case readSnapshot(stream: SiloNumber)
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
