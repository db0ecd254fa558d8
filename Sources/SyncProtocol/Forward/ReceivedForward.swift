/// A request of forward-v1 whose fields parsed; the first of the verifier's stages.
///
/// ```swift
/// let received = try ReceivedForward(head)                       // sizes, syntax, parameters, tag
/// let known = manifest.key(received.keyid)                       // the caller's look-up
/// let accepted = try received.verify(by: known, audience: "7", now: seconds)
/// // record accepted.nonce; a repeated one is `nonce_replayed`
/// ```
public struct ReceivedForward: Sendable {
  /// The thumbprint of the key that is said to have signed.
  public var keyid: String { input.keyid }
  private let head: RequestHead
  private let input: SignatureInput
  private let routing: ForwardRouting

  /// Looks at the headers alone.
  ///
  /// - Throws: `signature_missing` for a request that does not come from a gateway at all.
  public init(_ head: RequestHead) throws(VerificationFailure) {
    try Self.checkTarget(path: head.path, query: head.query)
    input = try SignatureInput(fields: head.fields, profile: .forward)
    guard
      let text = try head.fields.single(ForwardProfile.routingField, maximumBytes: SyncProfile.maximumFieldBytes),
      try head.fields.single(ForwardProfile.audienceField, maximumBytes: SyncProfile.maximumFieldBytes) != nil
    else { throw VerificationFailure(.coverageMissing, "the routing or its audience is missing") }
    guard let routing = ForwardRouting(fieldValue: text) else {
      throw VerificationFailure(.parameterRefused, "the routing is not of the profile")
    }
    self.head = head
    self.routing = routing
  }

  /// Checks key, purpose, coverage, time, signature and audience, in this order.
  ///
  /// - Parameters:
  ///   - known: what the caller knows about ``keyid``; nil for nothing. Only active keys of purpose `forward` count.
  ///   - audience: the receiving region's own number.
  ///   - now: seconds since 1970.
  public func verify(by known: KnownKey?, audience: String, now: Int64) throws(VerificationFailure) -> AcceptedForward {
    let key = try KnownKey.require(known, keyid: keyid, purposes: [.forward])
    try input.requireCoverage(of: ForwardProfile.coverage)
    try input.requireTime(now: now)
    let base = try SignatureBase.text(items: input.items, components: input.components, parameters: input.parameters) {
      (component) throws(VerificationFailure) in
      component.isOfRequest ? nil : try head.value(of: component)
    }
    guard key.isValid(signature: input.signature, for: Array(base.utf8)) else {
      throw VerificationFailure(.signatureInvalid, "the signature is not the key's over this message")
    }
    let named = try head.fields.single(ForwardProfile.audienceField, maximumBytes: SyncProfile.maximumFieldBytes)
    guard named == audience else { throw VerificationFailure(.audienceMismatch, "the request is for another region") }
    return AcceptedForward(
      key: key, routing: routing,
      nonce: NonceRecord(keyid: keyid, nonce: input.nonce, expires: now + SyncProfile.nonceRetentionSeconds))
  }

  static func checkTarget(path: String, query: String) throws(VerificationFailure) {
    for text in [path, query] {
      guard text.utf8.count <= ForwardProfile.maximumTargetBytes, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
      else { throw VerificationFailure(.parameterRefused, "the path or query is too long or not printable ASCII") }
    }
  }
}
