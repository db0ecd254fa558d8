internal import Synchronization

/// Counts who waits, so that no caller takes more than its share.
final class WaitingCallers: Sendable {
  private let limits: SyncTokenLimits
  private let state = Mutex<(total: Int, callers: [String: Int])>((0, [:]))

  init(limits: SyncTokenLimits) { self.limits = limits }

  /// Runs `body` as one that waits; nil when too many do.
  func waiting<Value>(_ caller: String, _ body: () async throws -> Value) async rethrows -> Value? {
    guard enter(caller) else { return nil }
    defer { leave(caller) }
    return try await body()
  }

  private func enter(_ caller: String) -> Bool {
    state.withLock { state in
      let own = state.callers[caller] ?? 0
      guard own < limits.waitsOfCaller, state.total < limits.waits else { return false }
      state.callers[caller] = own + 1
      state.total += 1
      return true
    }
  }

  private func leave(_ caller: String) {
    state.withLock { state in
      state.total -= 1
      let own = (state.callers[caller] ?? 1) - 1
      state.callers[caller] = own > 0 ? own : nil
    }
  }
}
