/// What one short REPEATABLE READ READ ONLY snapshot of the source holds of a ``BulkRequest``.
public struct BulkAnswer: Sendable, Hashable {
  public let id: String
  public let stream: SiloNumber
  /// For whom the rows were read.
  public let audience: SiloNumber
  public let epoch: Epoch
  /// The head of the log in the snapshot that read the rows: their version.
  public let head: Position
  /// Whether that snapshot saw no commit without a position: its state is then exactly the log's at `head`.
  public let isExact: Bool
  /// Of a chunk: the answer says everything about these keys, also which are *not* there. Nil for a repair, which says nothing about keys that
  /// it leaves out.
  public let chunk: ChunkRange?
  /// Ascending by kind and key as bytes, each once.
  public let rows: [RowImage]
  /// About how many rows of each kind the receiver is entitled to, if asked.
  public let estimates: [Kind: Int64]

  public init(
    id: String, stream: SiloNumber, audience: SiloNumber, epoch: Epoch, head: Position, isExact: Bool,
    chunk: ChunkRange?, rows: [RowImage], estimates: [Kind: Int64] = [:]
  ) {
    self.id = id
    self.stream = stream
    self.audience = audience
    self.epoch = epoch
    self.head = head
    self.isExact = isExact
    self.chunk = chunk
    self.rows = rows
    self.estimates = estimates
  }

  /// The lowest fork that every state in the answer is certain to have survived, and the cut that a lane must have reached to be exact again.
  public var reach: Position { isExact ? head : head.advanced(by: 1) ?? head }
}
