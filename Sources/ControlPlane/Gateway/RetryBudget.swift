/// How many requests may be sent a second time: a share of those sent, so that a region in trouble is not asked twice by everybody.
package struct RetryBudget: Sendable, Hashable {
  /// In hundredths of a retry.
  private var saved: Int
  private let percent: Int
  private let most: Int

  package init(percent: Int, burst: Int) {
    self.percent = max(percent, 0)
    most = max(burst, 0) * 100
    saved = most
  }

  package mutating func noteRequest() { saved = min(most, saved + percent) }

  /// Takes one; false when there is none.
  package mutating func take() -> Bool {
    guard saved >= 100 else { return false }
    saved -= 100
    return true
  }
}
