/// A filter over the log with a cursor, a bound and a lag figure of its own, so that small urgent rows pass bulk traffic.
public enum Lane: String, Sendable, Hashable, CaseIterable, Codable {
  /// Revocations, status, user epoch, keys: tiny, first.
  case priority
  case main
  /// Snapshot chunks, backfills and repairs.
  case bulk
}
