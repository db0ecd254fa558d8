/// A signed interval `(from, to]` of one lane of one log with the rows that concern one receiver. Rows may be empty: the interval still
/// advances the receiver's cursor, and "nothing new" is an answer too.
public struct Batch: Sendable, Hashable {
  /// Whose log this is.
  public let stream: SiloNumber
  /// For whom the rows were read.
  public let audience: SiloNumber
  public let lane: Lane
  public let epoch: Epoch
  public let from: Position
  public let to: Position
  public let chainBefore: ChainHash
  public let chainAfter: ChainHash
  /// From this cursor on the replica is an exact cut of the source; nil while the source cannot know it yet.
  public let consistentAt: Position?
  /// The head of the log when the batch was read: what is left is `head - to`.
  public let head: Position
  /// The source's last fenced heartbeat, in microseconds since 1970: everything committed before is in the log. Says how old knowledge is.
  public let completeAsOf: Int64
  /// The snapshot of the last complete tick at `to`'s read: what tokens for read-your-writes are compared with.
  public let completeSnapshot: TransactionSnapshot
  public let rows: [RowImage]

  public init(
    stream: SiloNumber, audience: SiloNumber, lane: Lane, epoch: Epoch, from: Position, to: Position,
    chainBefore: ChainHash, chainAfter: ChainHash, consistentAt: Position?, head: Position, completeAsOf: Int64,
    completeSnapshot: TransactionSnapshot, rows: [RowImage]
  ) {
    self.stream = stream
    self.audience = audience
    self.lane = lane
    self.epoch = epoch
    self.from = from
    self.to = to
    self.chainBefore = chainBefore
    self.chainAfter = chainAfter
    self.consistentAt = consistentAt
    self.head = head
    self.completeAsOf = completeAsOf
    self.completeSnapshot = completeSnapshot
    self.rows = rows
  }
}

/// How far a receiver has applied one lane of a log. Sending a cursor acknowledges everything up to it.
public struct Cursor: Sendable, Hashable {
  public let epoch: Epoch
  public let position: Position
  public let chain: ChainHash

  public init(epoch: Epoch, position: Position, chain: ChainHash) {
    self.epoch = epoch
    self.position = position
    self.chain = chain
  }
}
