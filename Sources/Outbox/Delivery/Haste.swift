/// When a receiver's answers shall not be held, because it will be asked for what is here by now.
///
/// Twice for each wish: soon, when a change has its position, and after the next heartbeat, which tells of transactions that changed nothing that travels.
struct Haste: Sendable, Hashable {
  /// From a wish to its first answer: a tick.
  static let first = Duration.milliseconds(10)
  /// From a wish to its second answer: a heartbeat of the sequencer and a little more.
  static let second = Duration.milliseconds(1200)
  /// Between two first answers.
  static let interval = Duration.milliseconds(100)
  /// One that may have been read before it was due, and one for each lane.
  static let answers = 3

  private var soon: ContinuousClock.Instant?
  private var late: ContinuousClock.Instant?
  private var last: ContinuousClock.Instant?
  private var left = 0

  /// The next moment at which answers are due.
  var next: ContinuousClock.Instant? { [soon, late].compactMap { $0 }.min() }

  /// Takes a wish; true when whoever holds an answer has to look at ``next`` again.
  mutating func ask(now: ContinuousClock.Instant) -> Bool {
    late = now.advanced(by: Self.second)
    guard soon == nil else { return false }
    let start = last.map { max(now, $0.advanced(by: Self.interval)) } ?? now
    soon = start.advanced(by: Self.first)
    return true
  }

  /// Whether the answer is not to be held.
  mutating func isDue(now: ContinuousClock.Instant) -> Bool {
    if let due = soon, due <= now {
      soon = nil
      last = now
      left = Self.answers
    }
    if let due = late, due <= now {
      late = nil
      left = Self.answers
    }
    return left > 0
  }

  /// An answer left.
  mutating func answered() { left = max(0, left - 1) }
}
