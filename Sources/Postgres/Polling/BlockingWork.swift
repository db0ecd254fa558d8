import Dispatch
import Synchronization

/// Runs the few calls of libpq and the C library that block, away from the threads of Swift concurrency.
enum BlockingWork {
  private static let queue = DispatchQueue(label: "atoll.postgres.blocking", attributes: .concurrent)

  /// Runs `work` on a thread of its own kind and returns its value, or nil when the deadline passed first; the work then ends unheard.
  static func run<Value: Sendable>(
    until deadline: ContinuousClock.Instant, _ work: @escaping @Sendable () -> Value
  ) async -> Value? {
    await withCheckedContinuation { continuation in
      let slot = Mutex<CheckedContinuation<Value?, Never>?>(continuation)
      let once = Once(slot)
      let timer = Poller.shared.schedule(at: deadline) { once.resume(returning: nil) }
      queue.async {
        let value = work()
        Poller.shared.unschedule(timer)
        once.resume(returning: value)
      }
    }
  }

  /// Resumes a continuation for the first caller only.
  private final class Once<Value: Sendable>: Sendable {
    private let slot: Mutex<CheckedContinuation<Value?, Never>?>

    init(_ slot: consuming Mutex<CheckedContinuation<Value?, Never>?>) {
      self.slot = slot
    }

    func resume(returning value: Value?) {
      let continuation = slot.withLock { slot in
        let taken = slot
        slot = nil
        return taken
      }
      continuation?.resume(returning: value)
    }
  }
}
