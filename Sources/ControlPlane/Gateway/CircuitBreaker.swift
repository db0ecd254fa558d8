/// Whether a region is asked at all: closed, open after failures in a row, half open for one request after a pause that doubles.
///
/// A value: what happened and when go in, what may be done comes out.
package struct CircuitBreaker: Sendable, Hashable {
  package enum State: Sendable, Hashable {
    case closed(failures: Int)
    case open(until: ContinuousClock.Instant, pause: Duration)
    /// One request is on its way to find out.
    case halfOpen(since: ContinuousClock.Instant, pause: Duration)
  }

  /// What a request may do.
  package enum Verdict: Sendable, Hashable {
    case go
    /// Not now, but after so long.
    case wait(Duration)
  }

  package private(set) var state = State.closed(failures: 0)
  private let threshold: Int
  private let pause: Duration
  private let longestPause: Duration

  package init(threshold: Int, pause: Duration, longestPause: Duration) {
    self.threshold = max(threshold, 1)
    self.pause = pause
    self.longestPause = longestPause
  }

  /// Asks before a request. A request that may go has to report how it ended.
  package mutating func admit(at now: ContinuousClock.Instant) -> Verdict {
    switch state {
    case .closed: return .go
    case .open(let until, let pause):
      guard now >= until else { return .wait(now.duration(to: until)) }
      state = .halfOpen(since: now, pause: pause)
      return .go
    case .halfOpen(let since, let pause):
      // The one that tries may hang, or its caller may have gone: another tries after a pause.
      guard now >= since.advanced(by: pause) else { return .wait(now.duration(to: since.advanced(by: pause))) }
      state = .halfOpen(since: now, pause: pause)
      return .go
    }
  }

  /// A request that was admitted says nothing of the region: whoever comes next may try.
  package mutating func abandon(at now: ContinuousClock.Instant) {
    if case .halfOpen(_, let pause) = state { state = .open(until: now, pause: pause) }
  }

  /// The region answered.
  package mutating func succeed() { state = .closed(failures: 0) }

  /// The region did not answer as a region does.
  package mutating func fail(at now: ContinuousClock.Instant) {
    switch state {
    case .closed(let failures):
      state =
        failures + 1 >= threshold
        ? .open(until: now.advanced(by: pause), pause: pause) : .closed(failures: failures + 1)
    case .halfOpen(_, let pause):
      let longer = min(pause * 2, longestPause)
      state = .open(until: now.advanced(by: longer), pause: longer)
    case .open: break
    }
  }
}
