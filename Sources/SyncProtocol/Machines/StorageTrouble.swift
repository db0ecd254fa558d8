/// Why a storage operation did not happen. Each leaves the database as it was; an outcome that nobody knows is not among them.
public enum StorageTrouble: String, Error, Sendable, Hashable, CaseIterable {
  /// No connection, or lost before the commit was sent.
  case unavailable
  /// No space left in the tablespace. Heals when there is space again.
  case full
  /// A server-side time-out, a deadlock or a serialization failure.
  case contention
  /// The database is newer than the code, or a privilege is missing: waiting will not help, an operator must act.
  case refused
}
