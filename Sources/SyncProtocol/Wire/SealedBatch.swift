/// A batch as it travels and is kept: its envelope and the content bytes, not yet believed.
public struct SealedBatch: Sendable, Hashable {
  public let envelope: BatchEnvelope
  /// One JSON document with head, freshness and rows.
  public let content: [UInt8]

  public init(envelope: BatchEnvelope, content: [UInt8]) {
    self.envelope = envelope
    self.content = content
  }

  /// Encodes and seals `batch`.
  ///
  /// - Throws: ``WireError`` when the batch breaks a limit or a rule that every receiver checks.
  public init(sealing batch: Batch, key: SigningKey) throws {
    guard key.purpose == .stream else { throw WireError(.sealKey, "only a stream key seals") }
    try BatchRules.check(batch)
    content = BatchContent.encode(batch)
    guard content.count <= WireLimits.maximumInflatedBytes - WireLimits.maximumDocumentBytes else {
      throw WireError(.limit, "the batch has too many bytes")
    }
    envelope = try BatchEnvelope(sealing: batch, digest: ContentDigest(of: content), key: key)
  }

  /// Checks address, seal, digest, syntax and rules, in this order, and returns the batch.
  ///
  /// - Parameters:
  ///   - known: What the receiver knows about the stream's owner's key ``BatchEnvelope/keyid``; nil for nothing.
  ///   - stream: Whose log is expected.
  ///   - audience: The receiver.
  public func open(by known: KnownKey?, stream: SiloNumber, audience: SiloNumber) throws(WireError) -> Batch {
    guard envelope.stream == stream, envelope.audience == audience else {
      throw WireError(.address, "the batch is of another stream or for another silo")
    }
    try envelope.verify(by: known)
    guard ContentDigest(of: content) == envelope.digest else {
      throw WireError(.contentDigest, "the content is another")
    }
    let batch = try BatchContent.decode(self)
    try BatchRules.check(batch)
    return batch
  }
}
