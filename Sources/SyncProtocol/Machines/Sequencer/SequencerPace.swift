/// The sequencer's times, in milliseconds.
public struct SequencerPace: Sendable, Hashable {
  /// Between polls while there was work a moment ago.
  public var busyPoll: Int64
  /// The longest wait between polls of an idle outbox; each empty poll doubles the wait up to it.
  public var idlePoll: Int64
  /// The same while a doorbell rings at each commit. The poll goes on: the doorbell is never trusted.
  public var listeningPoll: Int64
  /// How many empty polls pass before the waits grow.
  public var patience: Int
  /// A tick is committed at least this often, work or not: it proves that the sequencer lives.
  public var heartbeat: Int64
  /// Between attempts to become the leader.
  public var candidacy: Int64
  /// Between truncations of the pending table.
  public var tidying: Int64

  public init(
    busyPoll: Int64 = 1, idlePoll: Int64 = 50, patience: Int = 100, heartbeat: Int64 = 1000, candidacy: Int64 = 1000,
    tidying: Int64 = 10_000, listeningPoll: Int64 = 1000
  ) {
    self.busyPoll = max(1, busyPoll)
    self.idlePoll = max(self.busyPoll, idlePoll)
    self.listeningPoll = max(self.idlePoll, listeningPoll)
    self.patience = patience
    self.heartbeat = heartbeat
    self.candidacy = candidacy
    self.tidying = tidying
  }
}
