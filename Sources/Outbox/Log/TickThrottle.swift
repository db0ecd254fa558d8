/// Spaces ticks: a few at once when changes come now and then, one an interval while they come all the time.
///
/// A tick costs a commit and some 600 bytes of WAL, whatever its size. With the interval a busy log has few large ones; with the burst a single change
/// does not wait for the interval behind another. (The generic cell rate algorithm.)
struct TickThrottle: Sendable, Hashable {
  /// Between two ticks on the average.
  static let interval = Duration.milliseconds(3)
  /// Ticks that may follow each other at once after a pause.
  static let burst = 4

  /// When the next tick would be due if all were an interval apart.
  private var due: ContinuousClock.Instant

  init(now: ContinuousClock.Instant) { due = now }

  /// Takes the next tick: the moment to wait for, or nil when it may begin now.
  mutating func next(now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    let start = max(now, due.advanced(by: Self.interval * (1 - Self.burst)))
    due = max(due, now).advanced(by: Self.interval)
    return start > now ? start : nil
  }
}
