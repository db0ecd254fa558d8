/// A request of sync-v1 ready to send.
public struct SignedRequest: Sendable, Hashable {
  public let path: String
  /// All header fields that the signature covers or consists of.
  public let fields: MessageFields
  public let body: [UInt8]
  /// Needed to verify the answer.
  public let binding: RequestBinding

  /// Signs a POST to a fixed path.
  ///
  /// - Parameters:
  ///   - audience: The receiver's logical id.
  ///   - created: Seconds since 1970.
  ///   - nonce: At least 64 random bits as base64url, never used before with this key; see ``Nonce``.
  public init(
    path: String, contentType: String, audience: String, body: [UInt8], key: SigningKey, created: Int64, nonce: Nonce
  ) throws {
    var fields = MessageFields([
      ("content-type", contentType), ("sync-audience", audience),
      ("content-digest", ContentDigest(of: body).fieldValue),
    ])
    let unsigned = RequestHead(path: path, fields: fields)
    try fields.sign(
      SyncProfile.requestCoverage, key: key, created: created, nonce: nonce,
      value: { (component) throws(VerificationFailure) in try unsigned.value(of: component) })
    guard let binding = RequestBinding(RequestHead(path: path, fields: fields)) else {
      throw VerificationFailure(.parameterRefused, "a field of the request is too long")
    }
    self.path = path
    self.fields = fields
    self.body = body
    self.binding = binding
  }
}
