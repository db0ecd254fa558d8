/// Answers at whole multiples of an interval from the beginning, so that how long something took says little: a foreign hash of an import takes
/// another time than one of ours, and an address with an account another than one without.
struct Pace: Sendable {
  private let interval: Duration
  private let began: ContinuousClock.Instant

  init(_ limits: ControlLimits) {
    interval = .milliseconds(max(0, limits.answerPace))
    began = .now
  }

  /// Returns at the next multiple.
  func keep() async throws {
    guard interval > .zero else { return }
    let spent = ContinuousClock.now - began
    let steps = (spent / interval).rounded(.up)
    try await Task.sleep(until: began + interval * max(1, steps), clock: .continuous)
  }
}
