/// The bounds of a comparison. What a hostile peer can make it cost is their product.
public struct ComparisonLimits: Sendable, Hashable {
  /// Rows of a range, by the driving side.
  public var leaf: Int
  /// Rows of a range that the other side may answer; what is beyond is another range.
  public var answer: Int
  /// Suspected rows that are read in detail at once.
  public var suspects: Int
  /// Readings of a row that keeps moving, before it counts as in flight.
  public var attempts: Int
  /// Milliseconds between them, times the attempt.
  public var patience: Int64
  /// Divergences after which a comparison stops: the receiver needs a snapshot, not a repair.
  public var divergences: Int
  /// Questions after which it stops.
  public var questions: Int

  public init(
    leaf: Int = 1024, answer: Int = 2048, suspects: Int = 100, attempts: Int = 6, patience: Int64 = 250,
    divergences: Int = 10_000, questions: Int = 200_000
  ) {
    self.leaf = leaf
    self.answer = answer
    self.suspects = suspects
    self.attempts = attempts
    self.patience = patience
    self.divergences = divergences
    self.questions = questions
  }

  /// The largest range and the most keys that a question may ask for.
  public static let maximumRange = 4096
  public static let maximumKeys = 200
}
