internal import Postgres

/// How far a map has come, and who waits for it to come further.
struct DirectoryStanding: Sendable {
  var isLoaded = false
  /// Whether somebody keeps the map current.
  var isFollowed = false
  /// Readings that began, and the one that ended last.
  var begun: UInt64 = 0
  var ended: UInt64 = 0
  /// When the last one began.
  var asOf: ContinuousClock.Instant?
  /// When the file was written that the map came from, in seconds since 1970.
  var restored: Int64?
  /// Writings of the file that failed, and when the last one did, while none has gone well since.
  var fileFailures = 0
  var fileFailed: ContinuousClock.Instant?
  /// Each waits for a reading.
  var waiters: [(reading: UInt64, suspension: Suspension)] = []
  /// Of the records that the reading of everything under way has brought.
  var mark: UInt8 = 0
}
