import Synchronization
import SyncProtocol

/// What a fleet saw, with the time of one monotonic clock: arrivals of changes, arrivals at control, and what should not happen.
final class Recorder: Sendable {
  private struct State {
    /// When a change with this mark was committed.
    var sent: [String: ContinuousClock.Instant] = [:]
    var delays: [Delay] = []
    var arrivals: [ContinuousClock.Instant] = []
    var back: [String: ContinuousClock.Instant] = [:]
    var faults: [String: Int] = [:]
  }

  private let state = Mutex(State())

  init() {}

  /// A change that carries this mark is about to be committed.
  func commit(_ mark: String) { state.withLock { $0.sent[mark] = .now } }

  /// A replica holds the mark now.
  func applied(_ mark: String) {
    let now = ContinuousClock.now
    state.withLock { state in
      guard let sent = state.sent.removeValue(forKey: mark) else { return }
      state.delays.append(Delay(sent: sent, took: (now - sent) / .milliseconds(1)))
    }
  }

  /// Changes that nobody has applied yet.
  var outstanding: Int { state.withLock { $0.sent.count } }

  /// A change: when it was committed, and the milliseconds until it was applied.
  struct Delay: Sendable {
    let sent: ContinuousClock.Instant
    let took: Double
  }

  /// The changes since the last call, the slowest first; what is outstanding is forgotten.
  func takeDelays() -> [Delay] {
    state.withLock { state in
      defer {
        state.delays = []
        state.sent = [:]
      }
      return state.delays.sorted { $0.took > $1.took }
    }
  }

  /// An agent that had lost control sent a request, and control answered it somehow.
  func arrived(at instant: ContinuousClock.Instant) { state.withLock { $0.arrivals.append(instant) } }

  /// An agent that had lost control was let in.
  func isBack(_ name: String) { state.withLock { $0.back[name] = .now } }

  func takeArrivals() -> (arrivals: [ContinuousClock.Instant], back: [String: ContinuousClock.Instant]) {
    state.withLock { state in
      defer {
        state.arrivals = []
        state.back = [:]
      }
      return (state.arrivals.sorted(), state.back)
    }
  }

  var backCount: Int { state.withLock { $0.back.count } }

  func fault(_ what: String) { state.withLock { $0.faults[what, default: 0] += 1 } }

  var faults: [String: Int] { state.withLock { $0.faults } }
}
