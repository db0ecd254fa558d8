/// The fixed paths of the protocol.
public enum SyncPath {
  public static let hello = "/sync/v1/hello"
  public static let pull = "/sync/v1/pull"
  public static let push = "/sync/v1/push"
  public static let join = "/sync/v1/join"
  /// GET, unsigned by sync-v1: the manifest carries its own signatures.
  public static let manifest = "/.well-known/atoll-manifest"
}
