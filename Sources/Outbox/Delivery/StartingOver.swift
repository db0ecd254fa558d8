/// How often a receiver may be started over by pointers.
///
/// They name every row that it may hold, also those that concern all receivers: one receiver that starts over again and again would have all of them
/// answered each time. Whoever takes snapshots needs no pointers.
struct StartingOver: Sendable, Hashable {
  /// Starts that may follow each other at once: a new epoch cuts one off, and a restore may follow.
  static let atOnce = 4
  /// Between two starts over longer times.
  static let interval = Duration.seconds(30)

  /// When all starts are paid for.
  private var paidUntil: ContinuousClock.Instant?

  /// Takes a start if there is one left.
  mutating func begin(now: ContinuousClock.Instant) -> Bool {
    let paid = max(paidUntil ?? now, now).advanced(by: Self.interval)
    guard paid <= now.advanced(by: Self.interval * Self.atOnce) else { return false }
    paidUntil = paid
    return true
  }
}
