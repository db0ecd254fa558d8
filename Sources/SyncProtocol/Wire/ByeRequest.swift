/// The last request of a session: the agent stops, nothing of it is to be waited for.
public struct ByeRequest: Sendable, Hashable {
  /// From ``HelloAnswer/session``.
  public var session: String
  /// Rises with every request of the key.
  public var counter: Int64

  public init(session: String, counter: Int64) {
    self.session = session
    self.counter = counter
  }
}

extension ByeRequest: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) {
    session = try reader.field("session").label()
    counter = try reader.field("counter").decimal()
  }

  public var json: JSONValue { ["session": .string(session), "counter": .decimal(counter)] }
}

/// Nothing more is said.
public struct ByeAnswer: Sendable, Hashable {
  public init() {}
}

extension ByeAnswer: SyncDocument {
  public init(_ reader: JSONReader) throws(JSONError) { _ = try reader.object() }

  public var json: JSONValue { .object([:]) }
}
