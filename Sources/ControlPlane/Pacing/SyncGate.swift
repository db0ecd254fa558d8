package import Silo
internal import Synchronization
package import SyncProtocol

/// What stands between the verified requests of agents and the work they cause: arrivals at an even rate, a share for each region, and slots in turn.
package final class SyncGate: Sendable {
  private struct State {
    var arrivals: ArrivalSchedule
    var traffic: RegionTraffic
    var queue: FairQueue<CheckedContinuation<Void, Never>>
  }

  private let limits: SyncLimits
  private let started = ContinuousClock.now
  private let state: Mutex<State>

  package init(limits: SyncLimits) {
    self.limits = limits
    state = Mutex(
      State(
        arrivals: ArrivalSchedule(limits: limits), traffic: RegionTraffic(limits: limits),
        queue: FairQueue(limits: limits)))
  }

  private var now: Int64 { Int64(started.duration(to: .now) / .milliseconds(1)) }

  /// Over how many milliseconds so many regions shall spread their return.
  package func spread(over regions: Int) -> Int64 { state.withLock { $0.arrivals.spread(over: regions) } }

  /// Serves one request of a region, or says when to come again. What is refused is refused slowly.
  ///
  /// - Throws: ``SyncProblem`` of code `RETRY_LATER`, or what `body` throws.
  package func serve<Reply: Sendable>(
    _ region: RegionNumber, _ body: () async throws -> Reply
  ) async throws -> Reply {
    let now = now
    let jitter = Double.random(in: 0..<1)
    if let wait = state.withLock({ $0.arrivals.arrive(region, now: now, jitter: jitter) }) {
      throw Self.later("Many regions come back at once: this one has a place.", wait)
    }
    guard state.withLock({ $0.traffic.enter(region, now: now) }) else {
      try await pause()
      throw Self.later("This region asks for more than its share.", 1000)
    }
    defer { state.withLock { $0.traffic.leave(region) } }
    do {
      return try await body()
    } catch let problem as SyncProblem where !Self.isFree(problem.code) {
      try await pause()
      throw problem
    }
  }

  /// Tells that a region's request brought its cursors so far: see ``RegionTraffic/progress(_:_:cursors:)``.
  package func progress(_ region: RegionNumber, _ direction: RegionTraffic.Direction, _ request: SyncRequest) {
    let cursors = request.cursors
    state.withLock { $0.traffic.progress(region, direction, cursors: cursors) }
  }

  /// Keeps back what a region shall not send often.
  package func pause() async throws { try await Task.sleep(for: .milliseconds(limits.refusalPause)) }

  /// Runs work that uses the database or the processor, when it is the region's turn.
  package func work<Value: Sendable>(
    for region: RegionNumber, _ body: () async throws -> Value
  ) async throws -> Value {
    await withCheckedContinuation { continuation in
      let starts = state.withLock { state in
        if state.queue.start(region) { return true }
        state.queue.wait(region, continuation)
        return false
      }
      if starts { continuation.resume() }
    }
    defer { state.withLock { $0.queue.finish(region) }?.resume() }
    try Task.checkCancellation()
    return try await body()
  }

  /// What is no fault of the region's, or was kept back already.
  private static func isFree(_ code: SyncProblem.Code) -> Bool {
    code == .retryLater || code == .sessionFenced || code == .standby
  }

  private static func later(_ detail: String, _ milliseconds: Int64) -> SyncProblem {
    var problem = SyncProblem(.retryLater, detail)
    problem.retryAfterMilliseconds = Int(min(max(1, milliseconds), 3_600_000))
    return problem
  }
}
