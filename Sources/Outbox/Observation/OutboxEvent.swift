public import SyncProtocol

/// Something that happened. ``measurements`` says what it adds to which metric.
public enum OutboxEvent: Sendable, Hashable {
  public enum WebhookOutcome: String, Sendable, Hashable, CaseIterable {
    case delivered
    /// Will be tried again.
    case failed
    /// Waits for a replay.
    case dead
  }

  /// This process began or ceased to lead the log.
  case leading(Bool)
  /// This process began or ceased to listen for decoded commits.
  case listening(Bool)
  /// A tick committed: how long it took, how many entries it gave a position, and the head after it.
  case ticked(duration: Duration, entries: Int, head: Position)
  /// The tick gave positions to a transaction that belongs to a trace (its `traceparent`). Only told with `isTracing`.
  case traced(parent: String, duration: Duration)
  /// A tick or what surrounds it failed.
  case sequencingFailed(StorageTrouble)
  /// A request began or ceased to be held back.
  case holding(Bool)
  /// An answer left: for which receiver, which lane, up to where, and how long it took without its hold.
  case delivered(to: SiloNumber, lane: Lane, through: Position, rows: Int, removes: Int, duration: Duration)
  /// A receiver was told to begin anew, or shows a cursor that cannot be.
  case cursorRefused(SyncRefusal)
  case deliveryFailed(StorageTrouble)
  /// A batch was applied: whose, which lane, up to where, and the codes of the rows that were not taken.
  case applied(
    stream: SiloNumber, lane: Lane, through: Position, rows: Int, refused: [String], duration: Duration)
  /// A batch was dropped: it does not continue a cursor, or cannot be.
  case batchRefused(BatchFault)
  case applyFailed(StorageTrouble)
  case webhook(WebhookOutcome)
}
