package import Outbox
internal import Synchronization

/// Counts the provisioner's passes over its hints, for those who wait until what was applied has had its consequences here.
package final class ProvisionPasses: Sendable {
  private struct State {
    var begun: UInt64 = 0
    var finished: UInt64 = 0
  }

  private let state = Mutex(State())
  private let ended = Doorbell()
  private let wake: Doorbell

  /// - Parameter wake: what the provisioner waits for.
  package init(wake: Doorbell) { self.wake = wake }

  /// A pass begins; returns its number.
  func begin() -> UInt64 {
    state.withLock { state in
      state.begun += 1
      return state.begun
    }
  }

  func end(_ number: UInt64) {
    state.withLock { $0.finished = max($0.finished, number) }
    ended.ring()
  }

  /// Waits until a whole pass has begun and ended after now; false at `deadline`.
  package func next(until deadline: ContinuousClock.Instant) async -> Bool {
    let wanted = state.withLock { $0.begun } + 1
    while true {
      let rings = ended.rings
      if state.withLock({ $0.finished }) >= wanted { return true }
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero, !Task.isCancelled else { return false }
      wake.ring()
      _ = await ended.wait(beyond: rings, limit: min(left, .milliseconds(250)))
    }
  }
}
