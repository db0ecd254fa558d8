/// Up to where a map has read control's database: everything visible in the snapshot, in that life of the database.
package struct DirectoryPosition: Sendable, Hashable {
  /// The id of the log's epoch: in another one transaction ids mean something else.
  package let epoch: String
  /// As PostgreSQL prints a `pg_snapshot`.
  package let snapshot: String

  package init(epoch: String, snapshot: String) {
    self.epoch = epoch
    self.snapshot = snapshot
  }
}
