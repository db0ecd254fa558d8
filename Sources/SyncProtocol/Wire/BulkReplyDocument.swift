/// A ``BulkReply`` on the wire: its answer sealed.
public enum BulkReplyDocument: Sendable, Hashable {
  case answer(SealedBulk)
  case retry(afterMilliseconds: Int64)

  /// Seals the answer, if it is one.
  public init(sealing reply: BulkReply, key: SigningKey) throws {
    switch reply {
    case .answer(let answer): self = .answer(try SealedBulk(sealing: answer, key: key))
    case .retry(let milliseconds): self = .retry(afterMilliseconds: min(max(0, milliseconds), 3_600_000))
    }
  }

  /// The reply, after its seal and rules were checked. See ``SealedBulk/open(by:stream:audience:)``.
  public func open(
    key: (String) -> KnownKey?, stream: SiloNumber, audience: SiloNumber
  ) throws(WireError) -> BulkReply {
    switch self {
    case .answer(let sealed):
      .answer(try sealed.open(by: key(sealed.envelope.keyid), stream: stream, audience: audience))
    case .retry(let milliseconds): .retry(after: milliseconds)
    }
  }

  /// The bytes after the document; empty unless there is an answer.
  var content: [UInt8] {
    if case .answer(let sealed) = self { sealed.content } else { [] }
  }

  init(_ reader: JSONReader, content: [UInt8]) throws(JSONError) {
    if let envelope = try reader.optional("bulk") {
      self = .answer(SealedBulk(envelope: try BulkEnvelope(envelope), content: content))
      return
    }
    guard content.isEmpty else { throw reader.error(expected: "a bulk answer, for there is content") }
    self = .retry(afterMilliseconds: try reader.field("retry_after_ms").integer(in: 0...3_600_000))
  }

  var json: JSONValue {
    switch self {
    case .answer(let sealed): ["bulk": sealed.envelope.json]
    case .retry(let milliseconds): ["retry_after_ms": .integer(milliseconds)]
    }
  }
}
