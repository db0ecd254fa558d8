/// A request of forward-v1 that passed every check but one: its nonce must still be recorded.
public struct AcceptedForward: Sendable, Hashable {
  /// Which of the gateway's keys signed.
  public let key: VerificationKey
  /// Whose the request is, as the gateway knows it: the region checks organization and generation against its own rows.
  public let routing: ForwardRouting
  /// To be kept until it expires. When it is there already, refuse with `nonce_replayed`.
  public let nonce: NonceRecord
}
