/// A snapshot under way, as its receiver keeps it: how far each kind is, and what was asked for and not applied yet.
public struct SnapshotState: Sendable, Hashable {
  /// How far one kind is.
  public struct Progress: Sendable, Hashable {
    /// Everything up to this key is here; nil before the first chunk.
    public var after: RowKey?
    public var rows: Int64
    public var isDone: Bool
    /// The sender's estimate of all rows.
    public var expected: Int64?

    public init(after: RowKey? = nil, rows: Int64 = 0, isDone: Bool = false, expected: Int64? = nil) {
      self.after = after
      self.rows = rows
      self.isDone = isDone
      self.expected = expected
    }
  }

  /// A request that was recorded and not answered.
  public struct Outstanding: Sendable, Hashable {
    public let id: String
    public let kind: Kind
    public let after: RowKey?

    public init(id: String, kind: Kind, after: RowKey?) {
      self.id = id
      self.kind = kind
      self.after = after
    }
  }

  /// The epoch in which the lanes were reset. Chunks of another are refused.
  public var epoch: Epoch
  /// Where the lanes started: a chunk read at an older head would miss what came between.
  public var bound: Position
  /// Lanes that are not whole yet.
  public var lanes: Set<Lane>
  public var kinds: [Kind: Progress]
  /// Ascending by id.
  public var outstanding: [Outstanding]

  public init(
    epoch: Epoch, bound: Position, lanes: Set<Lane>, kinds: [Kind: Progress] = [:], outstanding: [Outstanding] = []
  ) {
    self.epoch = epoch
    self.bound = bound
    self.lanes = lanes
    self.kinds = kinds
    self.outstanding = outstanding
  }
}
