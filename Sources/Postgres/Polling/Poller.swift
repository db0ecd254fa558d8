import Glibc
import Synchronization

/// Waits for the readiness of descriptors, for all connections of the process, on one thread in `poll(2)`.
///
/// Each waiter is in the table until whoever ends its wait (the thread, a deadline, a cancellation) removes it, and is resumed by that
/// one, after the removal and outside the lock. Dispatch sources are not used: their epoll book-keeping on Linux has open faults that
/// match libpq's habit of closing and reopening descriptors.
final class Poller: Sendable {
  /// What to wait for, or what has come.
  struct Interest: OptionSet, Sendable {
    let rawValue: Int16
    static let read = Interest(rawValue: Int16(POLLIN))
    static let write = Interest(rawValue: Int16(POLLOUT))
  }

  /// How a wait ended.
  enum Outcome: Sendable {
    case ready(Interest), timedOut, cancelled, unavailable
  }

  private struct Waiter {
    let descriptor: Int32
    let interest: Interest
    let deadline: ContinuousClock.Instant?
    let continuation: CheckedContinuation<Outcome, Never>
  }

  private struct Timer {
    let deadline: ContinuousClock.Instant
    let action: @Sendable () -> Void
  }

  private struct State {
    var waiters: [UInt64: Waiter] = [:]
    var timers: [UInt64: Timer] = [:]
    /// Cancelled before they were in the table.
    var cancelledEarly: Set<UInt64> = []
    var lastToken: UInt64 = 0
    /// Whether the thread is in `poll` or about to be, so that a new waiter must wake it.
    var isSleeping = false
    var isWakePending = false
    var isRunning = false
  }

  static let shared: Poller = {
    let poller = Poller()
    poller.start()
    return poller
  }()

  private let state = Mutex(State())
  private let wakeReader: Int32
  private let wakeWriter: Int32

  private init() {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else {
      (wakeReader, wakeWriter) = (-1, -1)
      return
    }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    (wakeReader, wakeWriter) = (ends[0], ends[1])
  }

  /// Waits until the descriptor is ready, the deadline passed or the task was cancelled.
  ///
  /// - Parameter shielded: do not react to cancellation, for rollbacks and for draining after a cancellation.
  func wait(
    for interest: Interest, on descriptor: Int32, until deadline: ContinuousClock.Instant? = nil, shielded: Bool
  ) async -> Outcome {
    let token = makeToken()
    guard !shielded else {
      return await register(token, interest, descriptor, deadline)
    }
    let outcome = await withTaskCancellationHandler {
      await register(token, interest, descriptor, deadline)
    } onCancel: {
      cancel(token)
    }
    if case .cancelled = outcome { state.withLock { _ = $0.cancelledEarly.remove(token) } }
    return outcome
  }

  /// Runs `action` on the polling thread at `deadline` unless it is unscheduled before. The action must not block.
  func schedule(at deadline: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) -> UInt64 {
    let token = makeToken()
    let mustWake = state.withLock { state in
      state.timers[token] = Timer(deadline: deadline, action: action)
      return Self.takeWake(&state)
    }
    if mustWake { wake() }
    return token
  }

  func unschedule(_ token: UInt64) {
    state.withLock { _ = $0.timers.removeValue(forKey: token) }
  }

  private func makeToken() -> UInt64 {
    state.withLock { state in
      state.lastToken &+= 1
      return state.lastToken
    }
  }

  private func register(
    _ token: UInt64, _ interest: Interest, _ descriptor: Int32, _ deadline: ContinuousClock.Instant?
  ) async -> Outcome {
    await withCheckedContinuation { continuation in
      let (immediate, mustWake): (Outcome?, Bool) = state.withLock { state in
        guard state.isRunning else { return (.unavailable, false) }
        guard state.cancelledEarly.remove(token) == nil else { return (.cancelled, false) }
        state.waiters[token] = Waiter(
          descriptor: descriptor, interest: interest, deadline: deadline, continuation: continuation)
        return (nil, Self.takeWake(&state))
      }
      if let immediate { continuation.resume(returning: immediate) }
      if mustWake { wake() }
    }
  }

  private func cancel(_ token: UInt64) {
    let waiter = state.withLock { state -> Waiter? in
      guard let waiter = state.waiters.removeValue(forKey: token) else {
        state.cancelledEarly.insert(token)
        return nil
      }
      return waiter
    }
    waiter?.continuation.resume(returning: .cancelled)
  }

  /// Whether the caller has to wake the thread.
  private static func takeWake(_ state: inout State) -> Bool {
    guard state.isSleeping, !state.isWakePending else { return false }
    state.isWakePending = true
    return true
  }

  private func wake() {
    var byte: UInt8 = 1
    // A full pipe means that a wake-up is already on its way.
    _ = unsafe write(wakeWriter, &byte, 1)
  }
}

extension Poller {
  /// Whether reading from the descriptor would not wait now.
  static func isReadable(_ descriptor: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&entry, 1, 0) > 0
  }
}

// MARK: - The thread

extension Poller {
  private func start() {
    state.withLock { $0.isRunning = true }
    var thread = pthread_t()
    let argument = unsafe Unmanaged.passRetained(self).toOpaque()
    let status = unsafe pthread_create(&thread, nil, { unsafe Poller.threadMain($0) }, argument)
    guard status == 0 else {
      state.withLock { $0.isRunning = false }
      unsafe Unmanaged<Poller>.fromOpaque(argument).release()
      return
    }
    pthread_detach(thread)
  }

  private static func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    unsafe Unmanaged<Poller>.fromOpaque(argument).takeRetainedValue().loop()
    return nil
  }

  private func loop() {
    var descriptors: [pollfd] = []
    var tokens: [UInt64] = []
    while true {
      let deadline = collect(&descriptors, &tokens)
      let count = unsafe poll(&descriptors, nfds_t(descriptors.count), Self.milliseconds(until: deadline, wakeReader))
      finish(descriptors, tokens, anyReady: count > 0, hasDeadline: deadline != nil)
    }
  }

  /// Fills the arrays for `poll` and returns the nearest deadline.
  private func collect(_ descriptors: inout [pollfd], _ tokens: inout [UInt64]) -> ContinuousClock.Instant? {
    descriptors.removeAll(keepingCapacity: true)
    tokens.removeAll(keepingCapacity: true)
    descriptors.append(pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0))
    return state.withLock { state in
      var nearest: ContinuousClock.Instant?
      for (token, waiter) in state.waiters {
        descriptors.append(pollfd(fd: waiter.descriptor, events: waiter.interest.rawValue, revents: 0))
        tokens.append(token)
        if let deadline = waiter.deadline { nearest = nearest.map { min($0, deadline) } ?? deadline }
      }
      for timer in state.timers.values { nearest = nearest.map { min($0, timer.deadline) } ?? timer.deadline }
      state.isSleeping = true
      return nearest
    }
  }

  /// Ends the waits that are over and runs the timers that are due.
  private func finish(_ descriptors: [pollfd], _ tokens: [UInt64], anyReady: Bool, hasDeadline: Bool) {
    let now = hasDeadline ? ContinuousClock.now : nil
    var resumed: [(CheckedContinuation<Outcome, Never>, Outcome)] = []
    var due: [Timer] = []
    state.withLock { state in
      state.isSleeping = false
      if anyReady, descriptors[0].revents != 0 { drainWakes() }
      state.isWakePending = false
      if anyReady {
        for (index, token) in tokens.enumerated() where descriptors[index + 1].revents != 0 {
          guard let waiter = state.waiters.removeValue(forKey: token) else { continue }
          resumed.append((waiter.continuation, .ready(Self.interest(of: descriptors[index + 1].revents))))
        }
      }
      guard let now else { return }
      for (token, waiter) in state.waiters {
        guard let deadline = waiter.deadline, deadline <= now else { continue }
        state.waiters.removeValue(forKey: token)
        resumed.append((waiter.continuation, .timedOut))
      }
      for (token, timer) in state.timers where timer.deadline <= now {
        state.timers.removeValue(forKey: token)
        due.append(timer)
      }
    }
    for (continuation, outcome) in resumed { continuation.resume(returning: outcome) }
    for timer in due { timer.action() }
  }

  private func drainWakes() {
    var bytes: [UInt8] = Array(repeating: 0, count: 64)
    while unsafe read(wakeReader, &bytes, bytes.count) > 0 {}
  }

  /// Errors and hang-ups count as ready for everything: the next read or write of libpq reports them.
  private static func interest(of events: Int16) -> Interest {
    guard events & Int16(POLLERR | POLLHUP | POLLNVAL) == 0 else { return [.read, .write] }
    return Interest(rawValue: events)
  }

  private static func milliseconds(until deadline: ContinuousClock.Instant?, _ wakeReader: Int32) -> Int32 {
    // Without the wake-up pipe new waiters are noticed by looking often.
    let longest: Int64 = wakeReader < 0 ? 10 : 60_000
    guard let deadline else { return wakeReader < 0 ? Int32(longest) : -1 }
    return Int32(max(0, min(longest, ContinuousClock.now.duration(to: deadline).wholeMilliseconds)))
  }
}
