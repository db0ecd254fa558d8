/// The one rule by which a row or a remove applies. The reference for the SQL of every sink.
///
/// What arrives applies unless what is there is *newer*; equal applies. A removed key keeps the version of its removal as a tombstone, so that a late
/// answer from another lane cannot bring it back.
public enum VersionGuard {
  public enum Decision: Sendable, Hashable {
    /// Write the row with its version; its tombstone goes.
    case write
    /// Delete the row if there is one and keep its version as tombstone.
    case remove
    /// What is there is newer: nothing changes.
    case keep
  }

  /// - Parameters:
  ///   - row: the version of the replica's row, nil when the key is absent.
  ///   - tombstone: the version kept for an absent key, nil when there is none.
  public static func decide(row: RowVersion?, tombstone: RowVersion?, image: RowImage) -> Decision {
    decide(row: row, tombstone: tombstone, image: image, planted: nil)
  }

  package static func decide(
    row: RowVersion?, tombstone: RowVersion?, image: RowImage, planted: PlantedBug?
  ) -> Decision {
    let known = row ?? (planted == .tombstoneForgotten ? nil : tombstone)
    if let known, image.version < known, planted != .versionCheckDropped { return .keep }
    return image.fields == nil ? .remove : .write
  }

  /// Whether a tombstone may go: it is at or below `floor`, the cursor at which the oldest outstanding bulk request of its lane was made, or
  /// the lane's cursor when there is none.
  public static func mayForget(_ tombstone: RowVersion, floor: Cursor) -> Bool {
    (tombstone.epoch, tombstone.head) <= (floor.epoch.ordinal, floor.position)
  }
}
