/// An answer of sync-v1 ready to send, bound to its request.
public struct SignedResponse: Sendable, Hashable {
  public let status: Int
  public let fields: MessageFields
  public let body: [UInt8]

  /// Signs an answer of any status: refusals are statements too.
  public init(
    status: Int, contentType: String, body: [UInt8], to request: RequestBinding, key: SigningKey, created: Int64,
    nonce: Nonce
  ) throws {
    var fields = MessageFields([
      ("content-type", contentType), ("content-digest", ContentDigest(of: body).fieldValue),
    ])
    let unsigned = ResponseHead(status: status, fields: fields)
    try fields.sign(
      SyncProfile.responseCoverage, key: key, created: created, nonce: nonce,
      value: { (component) throws(VerificationFailure) in
        component.isOfRequest ? request.value(of: component) : try unsigned.value(of: component)
      })
    self.status = status
    self.fields = fields
    self.body = body
  }
}
