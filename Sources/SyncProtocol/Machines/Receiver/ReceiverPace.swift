/// A receiver's bounds and times, in milliseconds.
public struct ReceiverPace: Sendable, Hashable {
  /// How long the sender may hold a pull.
  public var hold: Int64
  /// An exchange without answer is given up after hold + this.
  public var answer: Int64
  /// Knowledge older than this makes the next pull ask for the priority lane alone.
  public var fresh: Int64
  /// Rows of one batch that are accepted: expansions of interests included.
  public var rows: Int
  /// NACKs carried by one request.
  public var nacks: Int
  /// Between collections of tombstones.
  public var tidying: Int64

  public init(
    hold: Int64 = 20_000, answer: Int64 = 10_000, fresh: Int64 = 2000, rows: Int = 100_000, nacks: Int = 100,
    tidying: Int64 = 60_000
  ) {
    self.hold = hold
    self.answer = answer
    self.fresh = fresh
    self.rows = rows
    self.nacks = nacks
    self.tidying = tidying
  }
}
