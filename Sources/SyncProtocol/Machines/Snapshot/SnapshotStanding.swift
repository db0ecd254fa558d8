/// Whether a receiver can take snapshots in chunks.
public enum SnapshotStanding: String, Sendable, Hashable, CaseIterable {
  /// It knows streams only: a resynchronization must come as pointers.
  case unable
  case able
  /// It is taking one now.
  case running
}
