/// Checks a chunk against the request that it answers and the snapshot that it continues.
public enum ChunkCheck {
  /// - Throws: the first fault found; the chunk must then be dropped.
  public static func check(
    _ answer: BulkAnswer, of request: BulkRequest, in state: SnapshotState, order: KeyOrder, audience: SiloNumber
  ) throws(SnapshotFault) {
    guard answer.stream == request.stream else { throw .wrongStream }
    guard answer.audience == audience else { throw .wrongAudience }
    guard answer.id == request.id else { throw .notAsked }
    guard case .chunk(let kind, let after) = request.wanted, let chunk = answer.chunk, chunk.kind == kind,
      chunk.keys.after == after
    else { throw .wrongRange }
    let range = chunk.keys
    guard answer.epoch == state.epoch else { throw .wrongEpoch }
    guard answer.head >= state.bound else { throw .tooOld }
    guard answer.rows.count <= request.rowLimit else { throw .tooManyRows }
    if let through = range.through {
      guard !answer.rows.isEmpty, after.map({ order.isAscending($0, through) }) ?? true else { throw .wrongRange }
    }
    let bounds = KeyBounds(range, order: order)
    for index in answer.rows.indices {
      guard answer.rows[index].row.kind == kind, bounds.contain(answer.rows[index].row.key) else {
        throw .outsideRange
      }
      let version = answer.rows[index].version
      guard version.epoch == answer.epoch.ordinal, version.head == answer.head, version.generation >= 0
      else { throw .wrongVersion }
    }
  }
}
