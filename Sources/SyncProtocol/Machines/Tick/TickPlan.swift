/// What one tick writes: the entries as one segment, and the sequencer's row.
public struct TickPlan: Sendable, Hashable {
  /// Dense from the old head + 1 to `state.head`; empty when the tick only beats.
  public let entries: [LogEntry]
  /// The sequencer's row after the tick.
  public let state: LogState
  /// Whether another tick should follow at once: a cut or a carry is open.
  public var hasMoreWork: Bool { !state.isComplete }

  public init(entries: [LogEntry], state: LogState) {
    self.entries = entries
    self.state = state
  }
}

/// Why a tick cannot be planned. Each means that the storage broke its contract or that positions ran out; nothing may be written.
public enum TickPlanError: Error, Sendable, Hashable {
  /// A list is not ascending by sequence, or contains what it must not.
  case viewOutOfOrder
  /// A cut ended although a held transaction did not.
  case heldTransactionWithoutEnd(UInt64)
  /// Position 2^63 - 1 is taken.
  case positionsExhausted
}
