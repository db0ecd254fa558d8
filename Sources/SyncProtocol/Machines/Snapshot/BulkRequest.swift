/// Asks for rows beside the stream: a chunk of a snapshot, or a repair.
public struct BulkRequest: Sendable, Hashable {
  public enum Wanted: Sendable, Hashable {
    /// These rows, all of kinds of the request's lane.
    case references([RowReference])
    /// The next rows of a kind behind a key (nil: from the first).
    case chunk(Kind, after: RowKey?)
  }

  /// Random; an answer to a request that nobody remembers is refused.
  public let id: String
  public let stream: SiloNumber
  public let lane: Lane
  public let wanted: Wanted
  /// At most so many rows may be answered.
  public let rowLimit: Int
  /// The answer ends before the row that would make its values larger than this, in bytes; it has at least one row.
  public let byteLimit: Int
  /// Rows of this snapshot that were applied so far: for the sender's operators.
  public let done: Int64
  /// Whether the answer shall say how many rows there are of each kind, roughly.
  public let wantsEstimates: Bool

  public init(
    id: String, stream: SiloNumber, lane: Lane, wanted: Wanted, rowLimit: Int = SnapshotPace.defaultRows,
    byteLimit: Int = SnapshotPace.defaultBytes, done: Int64 = 0, wantsEstimates: Bool = false
  ) {
    self.id = id
    self.stream = stream
    self.lane = lane
    self.wanted = wanted
    self.rowLimit = rowLimit
    self.byteLimit = byteLimit
    self.done = done
    self.wantsEstimates = wantsEstimates
  }
}
