/// Delivers the next batch of the sender's own log: its answer to the last ``PushAnswer/request``.
public struct PushRequest: Sendable, Hashable {
  public var session: String
  public var counter: Int64
  public var answer: SyncAnswerDocument
  /// See ``TraceList``.
  public var traces: [String] = []

  public init(session: String, counter: Int64, answer: SyncAnswerDocument) {
    self.session = session
    self.counter = counter
    self.answer = answer
  }
}

extension PushRequest: SyncMessage {
  public init(_ reader: JSONReader, content: [UInt8]) throws(JSONError) {
    session = try reader.field("session").label()
    counter = try reader.field("counter").decimal()
    answer = try SyncAnswerDocument(try reader.field("answer"), content: content)
    traces = TraceList.read(try reader.optional("traces"))
  }

  public var json: JSONValue {
    var object: JSONObject = ["session": .string(session), "counter": .decimal(counter), "answer": answer.json]
    TraceList.write(traces, into: &object)
    return .object(object)
  }
  public var content: [UInt8] { answer.content }
}
