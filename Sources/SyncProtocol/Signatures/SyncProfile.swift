/// The constants of the signature profile `sync-v1` (docs/protocol.md §3).
public enum SyncProfile {
  public static let label = "sync"
  public static let tag = "sync-v1"
  /// `expires` is exactly `created` plus this many seconds.
  public static let lifetimeSeconds: Int64 = 60
  /// How far clocks may differ, either way, in seconds.
  public static let toleranceSeconds: Int64 = 120
  /// How long a receiver remembers a nonce, in seconds: longer than a signature can be accepted.
  public static let nonceRetentionSeconds: Int64 = 300
  /// Characters of a nonce: base64url of 64 bits at least.
  public static let nonceLength = 11...64
  /// Bytes of one covered header field.
  public static let maximumFieldBytes = 4096
  /// Components that one signature may cover.
  public static let maximumComponents = 24

  static let requestCoverage: [SignedComponent] = [
    .method, .path, .query, .field("content-type"), .field("content-digest"), .field("sync-audience"),
  ]

  static let responseCoverage: [SignedComponent] = [
    .status, .field("content-type"), .field("content-digest"), .method.ofRequest, .path.ofRequest, .query.ofRequest,
    .field("content-digest").ofRequest, .field("sync-audience").ofRequest, .requestSignature,
  ]
}
