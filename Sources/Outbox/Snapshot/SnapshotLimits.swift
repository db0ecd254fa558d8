internal import SyncProtocol

/// The bounds of a sender's snapshots.
public struct SnapshotLimits: Sendable, Hashable {
  /// Receivers served at once by one process; others are told to come again.
  public var receivers: Int
  /// A receiver that asks for no chunk for so long loses its place.
  public var idle: Duration
  /// What others are told to wait at most; jitter takes up to half of it.
  public var retry: Duration

  public init(receivers: Int = 4, idle: Duration = .seconds(5), retry: Duration = .seconds(4)) {
    self.receivers = max(1, receivers)
    self.idle = idle
    self.retry = retry
  }

  var slots: SnapshotSlots {
    SnapshotSlots(limit: receivers, idle: idle.milliseconds, retry: max(2, retry.milliseconds))
  }
}
