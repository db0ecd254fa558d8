/// Why a receiver refuses a chunk, whatever its seal says. Nothing of it is applied.
public enum SnapshotFault: String, Error, Sendable, Hashable, CaseIterable {
  case wrongStream
  case wrongAudience
  /// Answers another request.
  case notAsked
  /// Does not begin where the request said, ends before it begins, or has no end and no rows.
  case wrongRange
  /// Read in another epoch than the one in which the snapshot began.
  case wrongEpoch
  /// Read at a head before the lanes' start: changes between both would be missed.
  case tooOld
  /// A row is of another kind or its key outside the range.
  case outsideRange
  /// A row's version is not the chunk's.
  case wrongVersion
  case tooManyRows
}
