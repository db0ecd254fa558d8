/// The log as a sender sees it in one snapshot.
public struct LogView: Sendable, Hashable {
  public let state: LogState
  /// The current epoch's ancestors, parent first.
  public let ancestry: [EpochRecord]
  /// Cursors below are gone: entries up to here are no longer kept, or exits up to here were finalized for this receiver.
  public let retained: Position
  /// The chain at each position that was asked for; nil where the log does not hold it (below ``retained`` or above the head).
  public let chains: [Position: ChainHash]
  /// Whether a committed pointer exists that has no position yet, in the same snapshot; true as well while a cut or a carry is open.
  public let hasUnsequenced: Bool
  /// Microseconds since 1970 by the database's clock.
  public let readAt: Int64

  /// An epoch that ended.
  public struct EpochRecord: Sendable, Hashable {
    public let epoch: Epoch
    /// Its last position that the following epoch continues from.
    public let fork: Position

    public init(epoch: Epoch, fork: Position) {
      self.epoch = epoch
      self.fork = fork
    }
  }

  public init(
    state: LogState, ancestry: [EpochRecord], retained: Position, chains: [Position: ChainHash], hasUnsequenced: Bool,
    readAt: Int64
  ) {
    self.state = state
    self.ancestry = ancestry
    self.retained = retained
    self.chains = chains
    self.hasUnsequenced = hasUnsequenced
    self.readAt = readAt
  }
}
