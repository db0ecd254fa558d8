internal import Postgres
internal import Synchronization
internal import SyncProtocol

/// Wakes whoever waits for new work in this process. A hint, never trusted: everyone that waits polls as well.
public final class Doorbell: Sendable {
  private struct State {
    var rings: UInt64 = 0
    var waiters: [ObjectIdentifier: Suspension] = [:]
    /// Those that wait for what concerns a silo.
    var choosy: [SiloNumber: [ObjectIdentifier: Suspension]] = [:]
    /// Ascending, each beginning where the one before ended.
    var news: [LogNews] = []

    /// Counts a ring and takes out all that wait for any.
    mutating func wake() -> [Suspension] {
      rings += 1
      defer { waiters.removeAll() }
      return Array(waiters.values)
    }
  }

  /// News kept for those that look late; who comes later reads the log.
  private static let newsKept = 64

  private let state = Mutex(State())

  public init() {}

  /// How often it rang.
  public var rings: UInt64 { state.withLock { $0.rings } }

  /// How many wait.
  var waiting: Int { state.withLock { $0.waiters.count + $0.choosy.values.reduce(0) { $0 + $1.count } } }

  /// Wakes all that wait.
  public func ring() {
    let waiters = state.withLock { state in
      // The log may have grown by others.
      state.news.removeAll()
      defer { state.choosy.removeAll() }
      return state.wake() + state.choosy.values.flatMap(\.values)
    }
    for waiter in waiters { waiter.end() }
  }

  /// Wakes all that wait and tells what the log grew by; nil when it did not. Of those that wait for what concerns a silo only those that it concerns.
  func ring(_ news: LogNews?) {
    let waiters = state.withLock { state in
      var woken = state.wake()
      guard let news else { return woken }
      if state.news.last?.through != news.from { state.news.removeAll(keepingCapacity: true) }
      if state.news.count == Self.newsKept { state.news.removeFirst() }
      state.news.append(news)
      for concern in news.concerns.values {
        for silo in concern.isForAll ? Set(state.choosy.keys) : concern.silos {
          if let waiters = state.choosy.removeValue(forKey: silo) { woken += waiters.values }
        }
      }
      return woken
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

  /// Returns when it rang more than `seen` times for something that may concern `silo`, when `other` rang, at `deadline`, or when the task is cancelled.
  func wait(
    concerning silo: SiloNumber, beyond seen: UInt64, or other: (bell: Doorbell, beyond: UInt64),
    until deadline: ContinuousClock.Instant
  ) async {
    let suspension = Suspension()
    defer {
      remove(suspension, of: silo)
      other.bell.remove(suspension)
    }
    guard add(suspension, beyond: seen, of: silo), other.bell.add(suspension, beyond: other.beyond) else { return }
    await suspension.wait(until: deadline)
  }

  /// False when it has rung already.
  private func add(_ waiter: Suspension, beyond seen: UInt64, of silo: SiloNumber? = nil) -> Bool {
    state.withLock { state in
      guard state.rings == seen else { return false }
      if let silo {
        state.choosy[silo, default: [:]][ObjectIdentifier(waiter)] = waiter
      } else {
        state.waiters[ObjectIdentifier(waiter)] = waiter
      }
      return true
    }
  }

  private func remove(_ waiter: Suspension, of silo: SiloNumber? = nil) {
    state.withLock { state in
      guard let silo else { return _ = state.waiters.removeValue(forKey: ObjectIdentifier(waiter)) }
      state.choosy[silo]?[ObjectIdentifier(waiter)] = nil
      if state.choosy[silo]?.isEmpty ?? false { state.choosy[silo] = nil }
    }
  }
}
