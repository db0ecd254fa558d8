/// The constants of the signature profile `forward-v1`: the gateway's routing of one request to a region (docs/protocol.md §3.4).
///
/// Times, nonces and sizes of fields are those of ``SyncProfile``.
public enum ForwardProfile {
  public static let label = "forward"
  public static let tag = "forward-v1"
  /// The header that carries a ``ForwardRouting``.
  public static let routingField = "atoll-forward"
  /// The header that names the receiving region by its number.
  public static let audienceField = "sync-audience"
  /// Bytes of a path, and of a query.
  public static let maximumTargetBytes = 8192

  static let coverage: [SignedComponent] = [
    .method, .path, .query, .field(audienceField), .field(routingField),
  ]
}
