/// What a receiver gets: signed as a whole, batches sealed besides.
public struct SyncAnswer: Sendable, Hashable {
  public enum Body: Sendable, Hashable {
    /// A batch; an empty interval says "nothing new".
    case batch(Batch)
    case resynchronize(Resynchronization)
    case refused(SyncRefusal, Lane)
    /// Come again after so many milliseconds.
    case retry(after: Int64)
  }

  public let body: Body
  /// Milliseconds that the request was held back before the answer was read.
  public let held: Int64
  /// Milliseconds from the batch's `completeAsOf` to the read, both by the source database's clock.
  public let age: Int64

  public init(body: Body, held: Int64, age: Int64) {
    self.body = body
    self.held = held
    self.age = age
  }

  /// Whether it brings rows; an empty interval only says how fresh its receiver is.
  public var hasRows: Bool {
    if case .batch(let batch) = body { !batch.rows.isEmpty } else { false }
  }
}

/// Starts a receiver over: its cursors continue at `start`, and everything that it is entitled to comes as chunks that it asks for beside the stream.
/// A receiver that cannot take snapshots gets it as stream after `start`, and what is older than `start` and did not come again goes when
/// `token` is reached.
///
/// Answers a first contact, a cursor below retention, and a cursor of another history.
public struct Resynchronization: Sendable, Hashable {
  public let start: Cursor
  /// The source transaction that wrote the pointers; reached when a lane's applied `completeSnapshot` sees it. Nil: ask for chunks.
  public let token: UInt64?
  public let reason: SyncRefusal

  public init(start: Cursor, token: UInt64?, reason: SyncRefusal) {
    self.start = start
    self.token = token
    self.reason = reason
  }
}

/// What is wrong with a cursor. Codes on the wire.
public enum SyncRefusal: String, Sendable, Hashable, CaseIterable {
  /// The receiver has no cursor yet.
  case firstContact = "FIRST_CONTACT"
  case epochUnknown = "EPOCH_UNKNOWN"
  /// The cursor's epoch ended at a fork that the receiver had passed, or had read beyond.
  case beyondFork = "BEYOND_FORK"
  case aheadOfHead = "AHEAD_OF_HEAD"
  case chainMismatch = "CHAIN_MISMATCH"
  case cursorGone = "CURSOR_GONE"
  /// No lane at all, a lane twice.
  case malformed = "MALFORMED"
}
