/// Why a receiver refuses a batch or a resynchronization, whatever its signature says. Nothing of it is applied.
public enum BatchFault: String, Error, Sendable, Hashable, CaseIterable {
  case wrongStream
  case wrongAudience
  case laneNotAsked
  /// Does not begin at the cursor.
  case notAtCursor
  case chainMismatch
  /// The epoch is older than the cursor's, or has its ordinal with another id.
  case wrongEpoch
  /// Ends before it begins, or before the head that it names, or an empty interval has rows or another chain.
  case impossibleInterval
  /// Rows are not ascending, each once.
  case rowsOutOfOrder
  /// A row's version is not of this batch.
  case wrongVersion
  case tooManyRows
}
