internal import Synchronization

/// Wakes whoever waits for new work in this process. A hint, never trusted: everyone that waits polls as well.
public final class Doorbell: Sendable {
  private struct State {
    var rings: UInt64 = 0
    var nextWaiter: UInt64 = 0
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
  }

  private let state = Mutex(State())

  public init() {}

  /// How often it rang.
  public var rings: UInt64 { state.withLock { $0.rings } }

  /// Wakes all that wait.
  public func ring() {
    let waiters = state.withLock { state in
      state.rings += 1
      defer { state.waiters.removeAll() }
      return state.waiters.values
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns when it rang more than `seen` times, when `limit` passed, or when the task is cancelled; says whether it rang.
  public func wait(beyond seen: UInt64, limit: Duration) async -> Bool {
    guard rings == seen, !Task.isCancelled else { return rings != seen }
    await withTaskGroup { group in
      group.addTask { await self.waitForRing(beyond: seen) }
      group.addTask {
        do { try await Task.sleep(for: limit) } catch { return }
      }
      await group.next()
      group.cancelAll()
    }
    return rings != seen
  }

  private func waitForRing(beyond seen: UInt64) async {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          guard state.rings == seen, !Task.isCancelled else { return true }
          state.waiters[id] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
    }
  }
}
