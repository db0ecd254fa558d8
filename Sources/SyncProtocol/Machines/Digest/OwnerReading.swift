/// Rows as their owner has them for the receiver, in one snapshot.
public struct OwnerReading: Sendable, Hashable {
  public let epoch: Epoch
  /// The log's head in the snapshot.
  public let head: Position
  /// Whether nothing that concerns the receiver stands between the receiver's cursor and the window's beginning; true without a window.
  public let isPassed: Bool
  public let rows: [Row]

  public struct Row: Sendable, Hashable {
    public let key: RowKey
    /// Short digests of the columns; nil when the row is gone or the receiver is not entitled to it.
    public let columns: [[UInt8]]?
    /// What a remove or row of this key would carry.
    public let generation: Int64
    /// No pointer of the row waits for a position, and in a window none got one.
    public let isQuiet: Bool
    /// The row exists, for others or not for now.
    public let isElsewhere: Bool

    public init(key: RowKey, columns: [[UInt8]]?, generation: Int64, isQuiet: Bool, isElsewhere: Bool) {
      self.key = key
      self.columns = columns
      self.generation = generation
      self.isQuiet = isQuiet
      self.isElsewhere = isElsewhere
    }
  }

  public init(epoch: Epoch, head: Position, isPassed: Bool, rows: [Row]) {
    self.epoch = epoch
    self.head = head
    self.isPassed = isPassed
    self.rows = rows
  }
}
