public import SyncProtocol

/// What a sink may need to know of the batch besides its rows.
public struct ApplyContext: Sendable, Hashable {
  /// Whose word the rows are: the authenticated sender.
  public let stream: SiloNumber
  public let lane: Lane
  public let epoch: Epoch

  public init(stream: SiloNumber, lane: Lane, epoch: Epoch) {
    self.stream = stream
    self.lane = lane
    self.epoch = epoch
  }
}
