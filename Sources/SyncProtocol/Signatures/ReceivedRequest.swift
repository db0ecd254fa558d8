/// A request of sync-v1 whose fields parsed; the first of the verifier's stages.
///
/// ```swift
/// let received = try ReceivedRequest(head)                       // sizes, syntax, parameters, tag
/// let known = keys[received.keyid]                               // the caller's look-up
/// var body = try received.verify(by: known, purposes: [.agent], now: seconds)  // key, coverage, time, signature
/// body.update(chunk)                                             // while the body streams
/// let accepted = try body.finish(audience: "control")            // digest, audience
/// // record accepted.nonce in the transaction of the handler; a repeated one is `nonce_replayed`
/// ```
public struct ReceivedRequest: Sendable {
  /// The thumbprint of the key that is said to have signed.
  public var keyid: String { input.keyid }
  public let binding: RequestBinding
  private let head: RequestHead
  private let input: SignatureInput
  private let digest: ContentDigest

  /// Looks at the headers alone. Only POST with an empty query is sync-v1.
  public init(_ head: RequestHead) throws(VerificationFailure) {
    guard head.path.utf8.count <= SyncProfile.maximumFieldBytes else {
      throw VerificationFailure(.parameterRefused, "the path is too long")
    }
    input = try SignatureInput(fields: head.fields)
    guard head.method == "POST", head.query.isEmpty else {
      throw VerificationFailure(.parameterRefused, "not a POST with an empty query")
    }
    for name in ["content-type", "content-digest", "sync-audience"]
    where try head.fields.single(name, maximumBytes: SyncProfile.maximumFieldBytes) == nil {
      throw VerificationFailure(.coverageMissing, "\(name) is missing")
    }
    guard let text = head.fields["content-digest"].first, let digest = ContentDigest(fieldValue: text) else {
      throw VerificationFailure(.digestMismatch, "no SHA-256 content digest")
    }
    guard let binding = RequestBinding(head) else { throw VerificationFailure(.signatureMissing, "no signature") }
    self.head = head
    self.digest = digest
    self.binding = binding
  }

  /// Checks key, purpose, coverage, time and signature, in this order, before the body is read.
  ///
  /// - Parameters:
  ///   - known: What the caller knows about ``keyid``; nil for nothing.
  ///   - now: Seconds since 1970.
  public func verify(
    by known: KnownKey?, purposes: Set<KeyPurpose>, now: Int64
  ) throws(VerificationFailure) -> Body {
    let key = try KnownKey.require(known, keyid: keyid, purposes: purposes)
    try input.requireCoverage(of: SyncProfile.requestCoverage)
    try input.requireTime(now: now)
    guard key.isValid(signature: input.signature, for: Array(try signatureBase().utf8)) else {
      throw VerificationFailure(.signatureInvalid, "the signature is not the key's over this message")
    }
    return Body(
      expected: digest, audience: binding.audience,
      accepted: AcceptedRequest(
        key: key, path: head.path,
        nonce: NonceRecord(
          keyid: keyid, nonce: input.nonce, expires: now + SyncProfile.nonceRetentionSeconds),
        binding: binding))
  }

  func signatureBase() throws(VerificationFailure) -> String {
    try SignatureBase.text(items: input.items, components: input.components, parameters: input.parameters) {
      (component) throws(VerificationFailure) in
      component.isOfRequest ? nil : try head.value(of: component)
    }
  }

  /// The stage that hashes the body as it streams.
  public struct Body: Sendable {
    fileprivate let expected: ContentDigest
    fileprivate let audience: String
    fileprivate let accepted: AcceptedRequest
    private var stream = ContentDigest.Stream()

    fileprivate init(expected: ContentDigest, audience: String, accepted: AcceptedRequest) {
      self.expected = expected
      self.audience = audience
      self.accepted = accepted
    }

    /// How much has been hashed; the caller stops at its route's limit.
    public var byteCount: Int { stream.byteCount }

    public mutating func update(_ bytes: some Sequence<UInt8>) { stream.update(bytes) }

    /// Checks the digest, then that the message is for the silo called `audience`.
    public func finish(audience name: String) throws(VerificationFailure) -> AcceptedRequest {
      guard stream.finish() == expected else { throw VerificationFailure(.digestMismatch, "the body is another") }
      guard audience == name else { throw VerificationFailure(.audienceMismatch, "the message is for another silo") }
      return accepted
    }
  }
}

extension KnownKey {
  /// The key, if it is the one named, active and of an allowed purpose.
  static func require(
    _ known: KnownKey?, keyid: String, purposes: Set<KeyPurpose>
  ) throws(VerificationFailure) -> VerificationKey {
    guard let known, known.key.thumbprint == keyid else { throw VerificationFailure(.keyUnknown, "unknown key") }
    guard known.state == .active else { throw VerificationFailure(.keyUnknown, "the key is \(known.state.rawValue)") }
    guard purposes.contains(known.purpose) else {
      throw VerificationFailure(.keyPurpose, "a key of purpose \(known.purpose.rawValue) may not sign this")
    }
    return known.key
  }
}
