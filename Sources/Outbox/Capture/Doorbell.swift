internal import Postgres
internal import Synchronization
internal import SyncProtocol

/// Wakes whoever waits for new work in this process. A hint, never trusted: everyone that waits polls as well.
public final class Doorbell: Sendable {
  private struct State {
    var rings: UInt64 = 0
    var waiters: [ObjectIdentifier: Suspension] = [:]
    /// Ascending, each beginning where the one before ended.
    var news: [LogNews] = []
  }

  /// News kept for those that look late; who comes later reads the log.
  private static let newsKept = 64

  private let state = Mutex(State())

  public init() {}

  /// How often it rang.
  public var rings: UInt64 { state.withLock { $0.rings } }

  /// Wakes all that wait.
  public func ring() {
    // The log may have grown by others.
    state.withLock { $0.news.removeAll() }
    wake()
  }

  /// Wakes all that wait and tells what the log grew by; nil when it did not.
  func ring(_ news: LogNews?) {
    if let news {
      state.withLock { state in
        if state.news.last?.through != news.from { state.news.removeAll(keepingCapacity: true) }
        if state.news.count == Self.newsKept { state.news.removeFirst() }
        state.news.append(news)
      }
    }
    wake()
  }

  private func wake() {
    let waiters = state.withLock { state in
      state.rings += 1
      defer { state.waiters.removeAll() }
      return state.waiters.values
    }
    for waiter in waiters { waiter.end() }
  }

  /// What the log grew by behind a position, as far as this process wrote it: nil when that is not known without a gap.
  func news(after position: Position) -> ArraySlice<LogNews>? {
    state.withLock { state in
      if state.news.last?.through == position { return [] }
      return state.news.firstIndex { $0.from == position }.map { state.news[$0...] }
    }
  }

  /// Returns when it rang more than `seen` times, when `limit` passed, or when the task is cancelled; says whether it rang.
  public func wait(beyond seen: UInt64, limit: Duration) async -> Bool {
    await Self.wait(for: [(self, beyond: seen)], until: .now.advanced(by: limit))
    return rings != seen
  }

  /// Returns when any of the doorbells rang more often than it was seen to, at `deadline`, or when the task is cancelled.
  static func wait(for bells: [(bell: Doorbell, beyond: UInt64)], until deadline: ContinuousClock.Instant) async {
    let suspension = Suspension()
    defer { for (bell, _) in bells { bell.remove(suspension) } }
    for (bell, seen) in bells {
      guard bell.add(suspension, beyond: seen) else { return }
    }
    await suspension.wait(until: deadline)
  }

  /// False when it has rung already.
  private func add(_ waiter: Suspension, beyond seen: UInt64) -> Bool {
    state.withLock { state in
      guard state.rings == seen else { return false }
      state.waiters[ObjectIdentifier(waiter)] = waiter
      return true
    }
  }

  private func remove(_ waiter: Suspension) {
    state.withLock { _ = $0.waiters.removeValue(forKey: ObjectIdentifier(waiter)) }
  }
}
