internal import Dispatch
internal import Synchronization

/// Threads for work that keeps a core busy for long, away from the cooperative pool: so many jobs run at once, so many more wait, and whichever thread is
/// free takes the one that came first.
final class BlockingWorkers: Sendable {
  /// As many jobs wait as may.
  struct Busy: Error, Sendable, Hashable {}

  private typealias Job = @Sendable () -> Void

  private struct State {
    var running = 0
    /// In the order in which they came.
    var waiting: [Job] = []
  }

  private let threads: DispatchQueue
  private let workers: Int
  private let places: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - workers: jobs run at once.
  ///   - places: jobs that may wait besides.
  init(label: String, workers: Int, places: Int) {
    threads = DispatchQueue(label: label, attributes: .concurrent)
    self.workers = max(1, workers)
    self.places = max(0, places)
  }

  /// Jobs that run or wait.
  var count: Int { state.withLock { $0.running + $0.waiting.count } }

  /// Does `work` on one of the threads.
  ///
  /// - Throws: ``Busy`` at once when no place is free.
  func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let isTaken = take { continuation.resume(returning: work()) }
      if !isTaken { continuation.resume(throwing: Busy()) }
    }
  }

  private func take(_ job: @escaping Job) -> Bool {
    let (isTaken, isFirst) = state.withLock { state in
      if state.running < workers {
        state.running += 1
        return (true, true)
      }
      guard state.waiting.count < places else { return (false, false) }
      state.waiting.append(job)
      return (true, false)
    }
    if isFirst { threads.async { self.work(from: job) } }
    return isTaken
  }

  /// Does one job after the other until none waits.
  private func work(from first: @escaping Job) {
    var next: Job? = first
    while let job = next {
      job()
      next = state.withLock { state in
        guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
        state.running -= 1
        return nil
      }
    }
  }
}
