/// The entries of a lane that concern one receiver.
public struct EntriesView: Sendable, Hashable {
  /// Ascending by position. Entries of the lane's kinds, and interest entries (they concern every lane), whose receivers contain the receiver.
  public let entries: [LogEntry]
  /// The log was searched up to here; the end of a segment, or the position asked from when there is nothing after it.
  public let through: Position

  public init(entries: [LogEntry], through: Position) {
    self.entries = entries
    self.through = through
  }
}

/// Which rows to read for an interval.
public struct DeliveryQuery: Sendable, Hashable {
  public let receiver: SiloNumber
  public let lane: Lane
  /// The chain at this position comes with the answer.
  public let to: Position
  /// What the entries name, ascending, each once. Interest references expand to the closure of their root, cut to the lane's kinds.
  public let references: [RowReference]
  /// Bytes of values that are wanted at most; nil where less cannot be asked for. Beyond them the read ends, and says so.
  public let byteLimit: Int?

  public init(
    receiver: SiloNumber, lane: Lane, to: Position, references: [RowReference], byteLimit: Int? = nil
  ) {
    self.byteLimit = byteLimit
    self.receiver = receiver
    self.lane = lane
    self.to = to
    self.references = references
  }
}

/// What one REPEATABLE READ READ ONLY snapshot of the source holds of a ``DeliveryQuery``.
public struct DeliveryView: Sendable, Hashable {
  public let epoch: Epoch
  /// The head of the log *in this snapshot*: the rows' version.
  public let head: Position
  /// The chain at the query's `to`.
  public let chain: ChainHash
  /// Whether the snapshot sees a pointer without a position, or an open cut or carry.
  public let hasUnsequenced: Bool
  /// One a reference of the expansion, ascending, each once; none when ``isTooMuch``.
  public let rows: [Row]
  /// Whether the rows are more than the query's limit: it has to be asked for fewer entries.
  public let isTooMuch: Bool

  /// A row as the receiver may hold it *now*.
  public struct Row: Sendable, Hashable {
    public let row: RowReference
    public let generation: Int64
    /// Nil when the row is gone or the receiver not entitled to it (any more).
    public let fields: [RowImage.Field]?

    public init(row: RowReference, generation: Int64, fields: [RowImage.Field]?) {
      self.row = row
      self.generation = generation
      self.fields = fields
    }
  }

  public init(
    epoch: Epoch, head: Position, chain: ChainHash, hasUnsequenced: Bool, rows: [Row], isTooMuch: Bool = false
  ) {
    self.isTooMuch = isTooMuch
    self.epoch = epoch
    self.head = head
    self.chain = chain
    self.hasUnsequenced = hasUnsequenced
    self.rows = rows
  }
}
