/// How long a follower of the directory rests between two readings: as short as can be, but asking whether there is anything new takes at most one part in so many of the
/// time when that has become slow for good.
///
/// One slow answer says nothing: the first of its kind is slow, and so is any on a machine that is busy for a moment. What a reading then brings does not count either; it has
/// to be read anyway. Reading everything counts only when it happens again and again.
struct FollowerPace: Sendable {
  static let shortest = Duration.milliseconds(100)
  static let longest = Duration.seconds(5)
  static let share = 10

  private var last: (asked: Duration, everything: Duration) = (.zero, .zero)

  /// - Parameters:
  ///   - asked: time that the question took whether there is anything new.
  ///   - everything: time that reading everything took; nil when that was not needed.
  mutating func rest(after asked: Duration, everything: Duration?) -> Duration {
    defer { last = (asked, everything ?? .zero) }
    let cost = max(min(asked, last.asked), min(everything ?? .zero, last.everything))
    return min(Self.longest, max(Self.shortest, cost * Self.share))
  }
}
