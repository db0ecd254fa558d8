/// The fixed paths of the protocol.
public enum SyncPath {
  public static let hello = "/sync/v1/hello"
  public static let pull = "/sync/v1/pull"
  public static let push = "/sync/v1/push"
  /// Anti-entropy: the agent answers control's questions.
  public static let compare = "/sync/v1/compare"
  /// Rows beside control's stream: chunks of snapshots and repairs.
  public static let bulk = "/sync/v1/bulk"
  /// Rows beside a region's stream that control asked for.
  public static let bulkPush = "/sync/v1/bulk-push"
  /// A region gives back what a restored control granted and may not remember.
  public static let receipts = "/sync/v1/receipts"
  /// An agent stops in good order: another of its region may take over at once.
  public static let bye = "/sync/v1/bye"
  public static let join = "/sync/v1/join"
  /// GET, unsigned by sync-v1: the manifest carries its own signatures.
  public static let manifest = "/.well-known/atoll-manifest"
}
