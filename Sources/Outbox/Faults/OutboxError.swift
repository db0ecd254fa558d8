/// An error of the outbox itself; database errors pass through as they are.
public struct OutboxError: Error, Sendable, Hashable {
  public enum Code: String, Sendable, Hashable {
    /// A stored value is not what this version writes: the database was changed by hand or is newer than the code.
    case malformedLog
    /// The sequencer never ran in this database: there is no epoch yet.
    case noEpoch
    /// A plan of a tick was refused.
    case impossibleTick
    case fencedOut
    /// A commit was sent and no answer came.
    case outcomeUnknown
    /// A batch, a cursor or an operation was refused; the message is the code.
    case refused
  }

  public let code: Code
  public let message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }
}
