/// What became of a ``BulkAnswer`` at its receiver.
public enum BulkOutcome: Sendable, Hashable {
  /// Applied. Of a chunk: how far its kind is now. That may be less than the chunk's range: what was swept is bounded.
  case applied(SnapshotState.Progress?)
  /// Nobody remembers the request, or it does not continue what is there: nothing changed.
  case forgotten
}
