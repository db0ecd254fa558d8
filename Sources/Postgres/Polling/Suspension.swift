internal import Synchronization

/// Suspends one task until somebody ends it, a moment comes, or the task is cancelled; whichever is first, once.
///
/// Moments are kept by the thread that waits for all connections, so a task that prefers that thread wakes without changing threads.
package final class Suspension: Sendable {
  private enum State {
    case fresh
    case waiting(CheckedContinuation<Void, Never>)
    case over
  }

  private let state = Mutex(State.fresh)

  package init() {}

  /// Suspends until `deadline` unless nobody else ends it earlier.
  package static func sleep(until deadline: ContinuousClock.Instant) async {
    await Suspension().wait(until: deadline)
  }

  /// Ends the wait, also one that has not begun yet.
  package func end() {
    let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
      defer { state = .over }
      if case .waiting(let continuation) = state { return continuation }
      return nil
    }
    waiting?.resume()
  }

  /// Waits. Only one task may, once.
  package func wait(until deadline: ContinuousClock.Instant) async {
    let timer = Poller.shared.schedule(at: deadline) { self.end() }
    defer { Poller.shared.unschedule(timer) }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if case .over = state { return true }
          state = .waiting(continuation)
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      end()
    }
  }
}
