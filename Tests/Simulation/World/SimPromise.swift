import SyncProtocol

/// Somebody wrote at control and wants to see it in a region: a token for read-your-writes.
struct SimPromise {
  let position: SyncPosition
  let region: Int
  /// The commit that it stands for: ids are used again after a restore.
  let time: Int64
  let pointers: [Pointer]
}
