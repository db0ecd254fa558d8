/// A request that passed every check but one: its nonce must still be recorded.
public struct AcceptedRequest: Sendable, Hashable {
  /// Who signed.
  public let key: VerificationKey
  public let path: String
  /// To be inserted in the transaction of the request's effects. When it is there already, refuse with `nonce_replayed`.
  public let nonce: NonceRecord
  public let binding: RequestBinding
}

/// One use of a nonce by one key.
public struct NonceRecord: Sendable, Hashable {
  public let keyid: String
  public let nonce: String
  /// When the record may be forgotten, in seconds since 1970.
  public let expires: Int64

  public init(keyid: String, nonce: String, expires: Int64) {
    self.keyid = keyid
    self.nonce = nonce
    self.expires = expires
  }
}
