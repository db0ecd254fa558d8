/// An agent's turn in a comparison: the answer to the question it has, or nothing to begin.
public struct CompareRequest: Sendable, Hashable {
  /// From ``HelloAnswer/session``.
  public var session: String
  /// Rises with every request of the key.
  public var counter: Int64
  public var answer: CompareAnswer?

  public init(session: String, counter: Int64, answer: CompareAnswer? = nil) {
    self.session = session
    self.counter = counter
    self.answer = answer
  }
}

extension CompareRequest: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    session = try reader.field("session").label()
    counter = try reader.field("counter").decimal()
    answer = try reader.optional("answer").map { (answer) throws(JSONError) in try CompareAnswer(answer) }
  }

  public var json: JSONValue {
    var object: JSONObject = ["session": .string(session), "counter": .decimal(counter)]
    if let answer { object["answer"] = answer.json }
    return .object(object)
  }
}

/// Control's turn: the next question, when to come again, or that there is nothing (more) to compare.
public enum CompareReply: Sendable, Hashable {
  case question(CompareQuestion)
  case again(afterMilliseconds: Int64)
  case nothing
}

extension CompareReply: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    if let question = try reader.optional("question") {
      self = .question(try CompareQuestion(question))
    } else if let again = try reader.optional("again_ms") {
      self = .again(afterMilliseconds: try again.integer(in: 0...3_600_000))
    } else {
      self = .nothing
    }
  }

  public var json: JSONValue {
    switch self {
    case .question(let question): ["question": question.json]
    case .again(let milliseconds): ["again_ms": .integer(milliseconds)]
    case .nothing: [:]
    }
  }
}
