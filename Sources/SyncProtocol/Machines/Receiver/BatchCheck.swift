/// Checks a batch against the cursor it shall move and computes the lane's next state.
public enum BatchCheck {
  /// The lane after `batch`, and whether it ends a resynchronization.
  /// - Throws: the first fault found; the batch must then be dropped.
  public static func next(
    _ batch: Batch, after lane: LaneState, stream: SiloNumber, audience: SiloNumber, rowLimit: Int
  ) throws(BatchFault) -> LaneState {
    try next(batch, after: lane, stream: stream, audience: audience, rowLimit: rowLimit, planted: nil)
  }

  package static func next(
    _ batch: Batch, after lane: LaneState, stream: SiloNumber, audience: SiloNumber, rowLimit: Int, planted: PlantedBug?
  ) throws(BatchFault) -> LaneState {
    guard batch.stream == stream else { throw .wrongStream }
    guard batch.audience == audience else { throw .wrongAudience }
    let isNewEpoch = batch.epoch != lane.cursor.epoch
    guard !isNewEpoch || batch.epoch.ordinal > lane.cursor.epoch.ordinal || planted == .epochIgnored else {
      throw .wrongEpoch
    }
    guard batch.from == lane.cursor.position else { throw .notAtCursor }
    guard batch.chainBefore == lane.cursor.chain else { throw .chainMismatch }
    guard batch.from <= batch.to, batch.to <= batch.head,
      batch.from < batch.to || (batch.rows.isEmpty && batch.chainAfter == batch.chainBefore)
    else { throw .impossibleInterval }
    guard batch.rows.count <= rowLimit else { throw .tooManyRows }
    var last: RowReference?
    for row in batch.rows {
      guard last.map({ $0 < row.row }) ?? true else { throw .rowsOutOfOrder }
      last = row.row
      guard row.version.epoch == batch.epoch.ordinal,
        row.version.head == batch.head, row.version.generation >= 0
      else { throw .wrongVersion }
    }
    return state(batch, after: lane, isNewEpoch: isNewEpoch && planted != .completeSnapshotOutlivesItsEpoch)
  }

  private static func state(_ batch: Batch, after lane: LaneState, isNewEpoch: Bool) -> LaneState {
    var next = lane
    next.cursor = Cursor(epoch: batch.epoch, position: batch.to, chain: batch.chainAfter)
    next.seen = max(lane.seen, batch.rows.isEmpty ? batch.to : reach(batch))
    if let consistentAt = batch.consistentAt {
      // A bulk answer may have read later than this batch: only a batch read after it says when the lane is exact again.
      if consistentAt >= lane.consistentAt {
        if !batch.rows.isEmpty || !lane.isConsistencyKnown { next.consistentAt = consistentAt }
        next.isConsistencyKnown = true
      }
    } else if !batch.rows.isEmpty {
      next.isConsistencyKnown = false
    }
    if batch.completeAsOf > 0 {
      next.completeAsOf = max(lane.completeAsOf, batch.completeAsOf)
      next.completeSnapshot = batch.completeSnapshot
      if let token = lane.resync?.token, batch.completeSnapshot.sees(token) { next.resync = nil }
    } else if isNewEpoch {
      // Transaction ids of the epoch before may mean others here.
      next.completeSnapshot = .empty
    }
    return next
  }

  /// The lowest fork that every state in the batch is certain to have survived. Rows may come from commits without a position yet, which a
  /// restore to exactly `head` could lose; a log that had grown beyond `head` was copied after the read.
  private static func reach(_ batch: Batch) -> Position {
    batch.consistentAt == nil ? batch.head.advanced(by: 1) ?? batch.head : batch.head
  }
}
