/// A ``SyncAnswer`` on the wire: its batch sealed, everything else as it is.
public struct SyncAnswerDocument: Sendable, Hashable {
  public enum Body: Sendable, Hashable {
    case batch(SealedBatch)
    case resynchronize(Resynchronization)
    case refused(SyncRefusal, Lane)
    case retry(afterMilliseconds: Int64)
  }

  public let body: Body
  /// Milliseconds that the request was held back.
  public let held: Int64
  /// Milliseconds from the batch's `complete_as_of` to the read, by the sender's clock.
  public let age: Int64

  /// Seals the batch of `answer`, if it is one.
  public init(sealing answer: SyncAnswer, key: SigningKey) throws {
    switch answer.body {
    case .batch(let batch): body = .batch(try SealedBatch(sealing: batch, key: key))
    case .resynchronize(let resynchronization): body = .resynchronize(resynchronization)
    case .refused(let refusal, let lane): body = .refused(refusal, lane)
    case .retry(let milliseconds): body = .retry(afterMilliseconds: milliseconds)
    }
    held = min(max(0, answer.held), Self.heldRange.upperBound)
    age = min(max(0, answer.age), Self.ageRange.upperBound)
  }

  /// The answer, after its batch's seal and rules were checked.
  ///
  /// - Parameters:
  ///   - key: What the receiver knows about the stream keys of the stream's owner.
  ///   - stream: Whose log is expected.
  ///   - audience: The receiver.
  public func open(
    key: (String) -> KnownKey?, stream: SiloNumber, audience: SiloNumber
  ) throws(WireError) -> SyncAnswer {
    let opened: SyncAnswer.Body
    switch body {
    case .batch(let batch):
      opened = .batch(try batch.open(by: key(batch.envelope.keyid), stream: stream, audience: audience))
    case .resynchronize(let resynchronization): opened = .resynchronize(resynchronization)
    case .refused(let refusal, let lane): opened = .refused(refusal, lane)
    case .retry(let milliseconds): opened = .retry(after: milliseconds)
    }
    return SyncAnswer(body: opened, held: held, age: age)
  }

  /// The bytes after the document; empty unless there is a batch.
  var content: [UInt8] {
    if case .batch(let batch) = body { batch.content } else { [] }
  }

  /// The envelope to be kept as proof of the cursor that this answer leads to.
  public var envelope: BatchEnvelope? {
    if case .batch(let batch) = body { batch.envelope } else { nil }
  }
}

extension SyncAnswerDocument {
  private static let heldRange: ClosedRange<Int64> = 0...600_000
  /// Up to a year: a log that was not complete for so long says no more.
  private static let ageRange: ClosedRange<Int64> = 0...31_536_000_000

  init(_ reader: JSONReader, content: [UInt8]) throws(JSONError) {
    held = try reader.field("held_ms").integer(in: Self.heldRange)
    age = try reader.field("age_ms").integer(in: Self.ageRange)
    if let batch = try reader.optional("batch") {
      body = .batch(SealedBatch(envelope: try BatchEnvelope(batch), content: content))
      return
    }
    guard content.isEmpty else { throw reader.error(expected: "a batch, for there is content") }
    if let start = try reader.optional("resynchronize") {
      body = .resynchronize(
        Resynchronization(
          start: try Cursor(try start.field("start")),
          token: try start.optional("token")?.parsed("a transaction id") { UInt64(canonicalDecimal: $0) },
          reason: try start.field("reason").refusal()))
    } else if let refused = try reader.optional("refused") {
      body = .refused(try refused.field("code").refusal(), try refused.field("lane").lane())
    } else {
      body = .retry(afterMilliseconds: try reader.field("retry_after_ms").integer(in: 0...3_600_000))
    }
  }

  var json: JSONValue {
    var object: JSONObject = ["held_ms": .integer(held), "age_ms": .integer(age)]
    switch body {
    case .batch(let batch): object["batch"] = batch.envelope.json
    case .resynchronize(let resynchronization):
      object["resynchronize"] = [
        "start": resynchronization.start.json,
        "token": resynchronization.token.map { .string(String($0)) } ?? .null,
        "reason": .string(resynchronization.reason.rawValue),
      ]
    case .refused(let refusal, let lane):
      object["refused"] = ["code": .string(refusal.rawValue), "lane": .string(lane.rawValue)]
    case .retry(let milliseconds): object["retry_after_ms"] = .integer(milliseconds)
    }
    return .object(object)
  }
}

extension JSONReader {
  fileprivate func refusal() throws(JSONError) -> SyncRefusal {
    try parsed("a code of a refused cursor") { SyncRefusal(rawValue: $0) }
  }
}

extension UInt64 {
  /// The canonical decimal form: digits only, no leading zero, in range.
  fileprivate init?(canonicalDecimal text: String) {
    guard let value = UInt64(text), String(value).utf8.elementsEqual(text.utf8) else { return nil }
    self = value
  }
}
