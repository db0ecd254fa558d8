/// Decides what a suspected row is, from three readings in this order: the owner's, the receiver's, the owner's again.
///
/// A different digest proves nothing, because both sides are read at different moments. It is a divergence when the two *must* have been equal: the
/// receiver's cursor had passed the first reading's head, and between the owner's two readings nothing touched the row, in the log or in front of it.
public enum DivergenceDecision {
  public static func decide(
    _ subject: ComparisonSubject, key: RowKey, first: OwnerReading, held: HolderReading, second: OwnerReading
  ) -> RowDifference {
    decide(subject, key: key, first: first, held: held, second: second, planted: nil)
  }

  package static func decide(
    _ subject: ComparisonSubject, key: RowKey, first: OwnerReading, held: HolderReading, second: OwnerReading,
    planted: PlantedBug?
  ) -> RowDifference {
    guard let before = first.rows.first(where: { $0.key == key }), let row = held.rows.first(where: { $0.key == key }),
      let after = second.rows.first(where: { $0.key == key })
    else { return .inFlight }
    if planted != .digestMismatchTakenForDivergence {
      guard first.epoch == second.epoch, first.epoch == held.epoch, held.isSettled, second.isPassed,
        before.isQuiet, after.isQuiet, before.columns == after.columns
      else { return .inFlight }
    }
    if let version = row.version, isBeyond(version, after, second) { return .staleVersion }
    if before.columns == row.columns { return .equal }
    if let code = row.quarantine { return .quarantined(code) }
    guard let owned = before.columns else { return after.isElsewhere ? .notEntitled : .extra }
    guard let columns = row.columns else { return .missing }
    return .content(differing(subject, owned, columns))
  }

  /// Whether the owner, at its last reading or earlier, cannot have given this version.
  private static func isBeyond(_ version: RowVersion, _ row: OwnerReading.Row, _ reading: OwnerReading) -> Bool {
    if version.generation > row.generation { return true }
    return (version.epoch, version.head) > (reading.epoch.ordinal, reading.head)
  }

  private static func differing(_ subject: ComparisonSubject, _ left: [[UInt8]], _ right: [[UInt8]]) -> [String] {
    guard left.count == subject.columns.count, right.count == left.count else { return subject.columns }
    return subject.columns.indices.filter { left[$0] != right[$0] }.map { subject.columns[$0] }
  }
}
