/// How long a follower of the directory rests between two readings: as short as can be, but a reading that has become slow takes at most one part in so many of the
/// time.
///
/// Only what a reading asks of the database counts, and reading everything does not unless it happens again and again: a process that has just read everything
/// has to hear of what is new as soon as any other.
struct FollowerPace: Sendable {
  static let shortest = Duration.milliseconds(100)
  static let longest = Duration.seconds(5)
  static let share = 10

  private var hasReadEverything = false

  /// - Parameters:
  ///   - isEverything: whether everything was read.
  ///   - time: that the database took.
  mutating func rest(after time: Duration, isEverything: Bool) -> Duration {
    defer { hasReadEverything = isEverything }
    guard hasReadEverything || !isEverything else { return Self.shortest }
    return min(Self.longest, max(Self.shortest, time * Self.share))
  }
}
