extension CompareQuestion {
  /// What is asked.
  public enum Body: Sendable, Hashable {
    /// The digest of the rows with `after` < key ≤ `through` (nil: no bound), of at most `limit` rows; with their digests one by one on demand.
    case range(after: RowKey?, through: RowKey?, limit: Int, listsRows: Bool)
    /// Those rows in detail. Owners answer with an ``OwnerReading``, holders with a ``HolderReading``.
    case rows([RowKey], window: Window?)
    /// What was confirmed: to be recorded, released by the holder, and, if `repairs`, sent again by the owner.
    case mend([Mend], repairs: Bool)
  }

  /// Makes the owner say whether a receiver with this cursor had passed `since`, and whether anything touched the rows after it.
  public struct Window: Sendable, Hashable {
    public let epoch: Epoch
    public let since: Position
    public let cursor: Position

    public init(epoch: Epoch, since: Position, cursor: Position) {
      self.epoch = epoch
      self.since = since
      self.cursor = cursor
    }
  }

  /// The verdict on one row.
  public struct Mend: Sendable, Hashable {
    public let key: RowKey
    /// ``RowDifference/equal`` closes the row's incident.
    public let difference: RowDifference

    public init(key: RowKey, difference: RowDifference) {
      self.key = key
      self.difference = difference
    }
  }
}
