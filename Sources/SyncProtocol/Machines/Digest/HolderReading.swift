/// Rows as the receiver holds them, in one snapshot with the cursor of their lane.
public struct HolderReading: Sendable, Hashable {
  public let epoch: Epoch
  /// The cursor of the kind's lane.
  public let cursor: Position
  /// False while a resynchronization runs.
  public let isSettled: Bool
  public let rows: [Row]

  public struct Row: Sendable, Hashable {
    public let key: RowKey
    /// Short digests of the columns; nil when there is no row.
    public let columns: [[UInt8]]?
    /// The row's version, or that of its tombstone.
    public let version: RowVersion?
    /// Why the row is in quarantine; nil when it is not.
    public let quarantine: String?

    public init(key: RowKey, columns: [[UInt8]]?, version: RowVersion?, quarantine: String?) {
      self.key = key
      self.columns = columns
      self.version = version
      self.quarantine = quarantine
    }
  }

  public init(epoch: Epoch, cursor: Position, isSettled: Bool, rows: [Row]) {
    self.epoch = epoch
    self.cursor = cursor
    self.isSettled = isSettled
    self.rows = rows
  }
}
