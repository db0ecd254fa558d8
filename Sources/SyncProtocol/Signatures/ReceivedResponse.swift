/// An answer of sync-v1 whose fields parsed, with the request that was sent. No clock is asked: the binding makes it fresh.
public struct ReceivedResponse: Sendable {
  public var keyid: String { input.keyid }
  private let head: ResponseHead
  private let request: RequestBinding
  private let input: SignatureInput
  private let digest: ContentDigest

  public init(_ head: ResponseHead, to request: RequestBinding) throws(VerificationFailure) {
    input = try SignatureInput(fields: head.fields)
    guard let text = try head.fields.single("content-digest", maximumBytes: SyncProfile.maximumFieldBytes),
      let digest = ContentDigest(fieldValue: text)
    else { throw VerificationFailure(.digestMismatch, "no SHA-256 content digest") }
    self.head = head
    self.request = request
    self.digest = digest
  }

  /// Checks key, purpose, coverage and signature before the body is read.
  public func verify(by known: KnownKey?, purposes: Set<KeyPurpose>) throws(VerificationFailure) -> Body {
    let key = try KnownKey.require(known, keyid: keyid, purposes: purposes)
    try input.requireCoverage(of: SyncProfile.responseCoverage)
    guard key.isValid(signature: input.signature, for: Array(try signatureBase().utf8)) else {
      throw VerificationFailure(.signatureInvalid, "the signature is not the key's over this answer to this request")
    }
    return Body(expected: digest)
  }

  func signatureBase() throws(VerificationFailure) -> String {
    try SignatureBase.text(items: input.items, components: input.components, parameters: input.parameters) {
      (component) throws(VerificationFailure) in
      component.isOfRequest ? request.value(of: component) : try head.value(of: component)
    }
  }

  /// The stage that hashes the body as it streams.
  public struct Body: Sendable {
    fileprivate let expected: ContentDigest
    private var stream = ContentDigest.Stream()

    fileprivate init(expected: ContentDigest) { self.expected = expected }

    public var byteCount: Int { stream.byteCount }

    public mutating func update(_ bytes: some Sequence<UInt8>) { stream.update(bytes) }

    public func finish() throws(VerificationFailure) {
      guard stream.finish() == expected else { throw VerificationFailure(.digestMismatch, "the body is another") }
    }
  }
}
