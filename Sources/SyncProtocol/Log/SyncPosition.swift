/// A transaction of a silo's database: what somebody who wrote it, or was shown it, wants to see applied elsewhere.
///
/// There is no position to wait for yet when it commits. It is reached when the snapshot of the last complete tick that was applied sees it; everything
/// that had committed before it is seen there too.
public struct SyncPosition: Sendable, Hashable {
  /// Whose transaction.
  public let stream: SiloNumber
  /// The ordinal of the log's epoch, read *after* the transaction committed: whatever a later epoch read, it read after it.
  public let epoch: Int32
  /// The 64-bit id of the transaction (`xid8`).
  public let transaction: UInt64

  public init(stream: SiloNumber, epoch: Int32, transaction: UInt64) {
    self.stream = stream
    self.epoch = epoch
    self.transaction = transaction
  }

  /// What is known of one applied lane.
  public struct Applied: Sendable, Hashable {
    public let epoch: Int32
    /// Of the last complete tick applied in this epoch; empty while there is none.
    public let complete: TransactionSnapshot
    /// Whether rows of the lane are still on their way beside the stream.
    public let isStartingOver: Bool

    public init(epoch: Int32, complete: TransactionSnapshot, isStartingOver: Bool) {
      self.epoch = epoch
      self.complete = complete
      self.isStartingOver = isStartingOver
    }
  }

  /// Whether everything up to the transaction is applied on a lane.
  ///
  /// In a later epoch the ids may mean other transactions: what is complete there was read after the transaction, or the transaction is lost.
  public func isReached(on lane: Applied) -> Bool {
    guard !lane.isStartingOver, lane.epoch >= epoch else { return false }
    return lane.epoch == epoch ? lane.complete.sees(transaction) : lane.complete != .empty
  }
}
