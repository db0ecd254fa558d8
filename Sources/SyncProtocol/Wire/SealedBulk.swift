/// A bulk answer as it travels: its envelope and the content bytes, not yet believed.
public struct SealedBulk: Sendable, Hashable {
  public let envelope: BulkEnvelope
  /// One JSON document with exactness, estimates and rows.
  public let content: [UInt8]

  init(envelope: BulkEnvelope, content: [UInt8]) {
    self.envelope = envelope
    self.content = content
  }

  /// Encodes and seals `answer`.
  ///
  /// - Throws: ``WireError`` when the answer breaks a limit or a rule that every receiver checks.
  public init(sealing answer: BulkAnswer, key: SigningKey) throws {
    guard key.purpose == .stream else { throw WireError(.sealKey, "only a stream key seals") }
    try BatchRules.checkRows(answer.rows, epoch: answer.epoch, head: answer.head)
    content = Self.encode(answer)
    guard content.count <= WireLimits.maximumInflatedBytes - WireLimits.maximumDocumentBytes else {
      throw WireError(.limit, "the answer has too many bytes")
    }
    envelope = try BulkEnvelope(sealing: answer, digest: ContentDigest(of: content), key: key)
  }

  /// Checks address, seal, digest, syntax and rules, in this order, and returns the answer.
  ///
  /// - Parameters:
  ///   - known: What the receiver knows about the stream's owner's key ``BulkEnvelope/keyid``; nil for nothing.
  ///   - stream: Whose rows are expected.
  ///   - audience: The receiver.
  public func open(by known: KnownKey?, stream: SiloNumber, audience: SiloNumber) throws(WireError) -> BulkAnswer {
    guard envelope.stream == stream, envelope.audience == audience else {
      throw WireError(.address, "the answer is of another stream or for another silo")
    }
    try envelope.verify(by: known)
    guard ContentDigest(of: content) == envelope.digest else {
      throw WireError(.contentDigest, "the content is another")
    }
    let answer = try decoded()
    try BatchRules.checkRows(answer.rows, epoch: answer.epoch, head: answer.head)
    return answer
  }

  private static func encode(_ answer: BulkAnswer) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 256 + answer.rows.count * 160)
    writer.raw("{\"exact\":")
    writer.append(.bool(answer.isExact))
    writer.raw(",\"estimates\":[")
    for (index, estimate) in answer.estimates.sorted(by: { $0.key < $1.key }).enumerated() {
      if index > 0 { writer.raw(",") }
      writer.append(["kind": .string(estimate.key.name), "rows": .decimal(max(0, estimate.value))])
    }
    writer.raw("]")
    BatchContent.appendGroups(answer.rows, to: &writer)
    writer.raw("}")
    return writer.bytes
  }

  private func decoded() throws(WireError) -> BulkAnswer {
    do throws(JSONError) {
      let (reader, rows) = try BatchContent.parse(content, epoch: envelope.epoch)
      var estimates: [Kind: Int64] = [:]
      for estimate in try reader.field("estimates").array(maximum: WireLimits.maximumKinds) {
        estimates[try estimate.field("kind").kind()] = try estimate.field("rows").decimal()
      }
      return BulkAnswer(
        id: envelope.id, stream: envelope.stream, audience: envelope.audience, epoch: envelope.epoch,
        head: envelope.head, isExact: try reader.field("exact").bool(), chunk: envelope.chunk,
        rows: rows, estimates: estimates)
    } catch {
      throw WireError(error)
    }
  }
}
