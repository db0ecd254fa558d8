internal import Synchronization

/// Counts what still relies on the default region until somebody writes it down.
final class DefaultRegionUses: Sendable {
  /// Patterns that are told apart; further ones are counted together.
  static let patterns = 200
  private static let longest = 200
  static let others = "(others)"

  private let counts = Mutex<[String: Int64]>([:])
  private let taken = Mutex(ContinuousClock.now)

  /// Whether so long passed since the last time that this was true.
  func isDue(every pace: Duration) -> Bool {
    taken.withLock { taken in
      guard .now - taken >= pace else { return false }
      taken = .now
      return true
    }
  }

  func note(_ what: String) {
    counts.withLock { counts in
      if counts[what] != nil || counts.count < Self.patterns, (1...Self.longest).contains(what.utf8.count) {
        counts[what, default: 0] += 1
      } else {
        counts[Self.others, default: 0] += 1
      }
    }
  }

  /// What was counted since the last time.
  func take() -> [String: Int64] {
    counts.withLock { counts in
      defer { counts.removeAll() }
      return counts
    }
  }

  /// Counts again what could not be written.
  func giveBack(_ taken: [String: Int64]) {
    counts.withLock { $0.merge(taken) { $0 + $1 } }
  }
}
