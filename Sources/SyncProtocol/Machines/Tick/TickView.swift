/// What one tick reads, all in the one snapshot of its REPEATABLE READ transaction.
///
/// Order inside the transaction: lock the sequencer row and compare the fence; read `lastSequence`; take the transaction id; then
/// read the pointers. *Selected* are the pointers with a sequence above `state.cut?.progress ?? state.floor` that
/// `state.cut?.upper ?? snapshot` sees and `state.done` does not.
public struct TickView: Sendable, Hashable {
  public let state: LogState
  /// The tick's own `pg_current_snapshot()`.
  public let snapshot: TransactionSnapshot
  /// The outbox sequence's last value, read before ``transaction`` was taken.
  public let lastSequence: Int64
  /// The tick's own transaction id.
  public let transaction: UInt64
  /// Microseconds since 1970 by the database's clock, read before the snapshot was taken.
  public let startedAt: Int64
  /// The first ``TickLimits/window`` selected pointers, ascending by sequence.
  public let window: [Candidate]
  /// Whether more are selected than fit the window.
  public let isFull: Bool
  /// When the window is full: those transactions of the window and of held carries that have selected pointers beyond it.
  public let unfinished: [UInt64]
  /// For held carries that are not unfinished: their pointers above `after` and before the window, ascending by sequence, at most
  /// ``TickLimits/wholeTransaction`` + 1 of each.
  public let held: [Candidate]
  /// For the first ``TickLimits/partsPerTick`` carries that are not held: the next pointers above `after`, ascending by sequence, at most
  /// ``TickLimits/wholeTransaction`` of each.
  public let parts: [Candidate]

  /// A pointer and whom its row concerns, as the kind's source says in the tick's snapshot.
  public struct Candidate: Sendable, Hashable {
    public let pointer: Pointer
    public let receivers: Receivers

    public init(pointer: Pointer, receivers: Receivers) {
      self.pointer = pointer
      self.receivers = receivers
    }
  }

  public init(
    state: LogState, snapshot: TransactionSnapshot, lastSequence: Int64, transaction: UInt64, startedAt: Int64,
    window: [Candidate], isFull: Bool, unfinished: [UInt64] = [], held: [Candidate] = [], parts: [Candidate] = []
  ) {
    self.state = state
    self.snapshot = snapshot
    self.lastSequence = lastSequence
    self.transaction = transaction
    self.startedAt = startedAt
    self.window = window
    self.isFull = isFull
    self.unfinished = unfinished
    self.held = held
    self.parts = parts
  }
}
