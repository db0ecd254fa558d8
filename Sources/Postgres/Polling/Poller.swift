import CLibPQ
import Glibc
import Synchronization

/// Waits for the readiness of descriptors, for all connections of the process, on one thread in `epoll_wait(2)`.
///
/// A waiter arms its descriptor itself, for one event, so the thread need not be woken for it; with `poll(2)` and a pipe each wait cost
/// two more wake-ups (docs/decisions/0031-epoll.md has the figures). Each waiter is in the table until whoever ends its wait (the
/// thread, a deadline, a cancellation) removes it, and is resumed by that one, after the removal and outside the lock. An event that
/// comes for a waiter that has gone finds no entry. Dispatch sources are not used: their book-keeping on Linux has open faults that
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
    let deadline: ContinuousClock.Instant?
    let continuation: CheckedContinuation<Outcome, Never>
  }

  private struct State {
    var waiters: [UInt64: Waiter] = [:]
    /// What is to be done when, and the deadlines in their order, also of what was unscheduled.
    var timers: [UInt64: @Sendable () -> Void] = [:]
    var deadlines = DeadlineHeap()
    /// Cancelled before they were in the table.
    var cancelledEarly: Set<UInt64> = []
    /// No deadline is before this moment; there may be none at it any more. The thread sleeps no longer.
    var sleepsUntil: ContinuousClock.Instant?
    var isRunning = false
    /// Whether the thread is in `epoll_wait` without a time limit of zero, or about to be: a new job must wake it.
    var isSleeping = false
    /// What tasks that prefer this thread have to run on it.
    var jobs: [UnownedJob] = []
  }

  static let shared: Poller = {
    let poller = Poller()
    poller.start()
    return poller
  }()

  private let state = Mutex(State())
  private let lastToken = Atomic<UInt64>(alarmToken)
  private let queue: Int32
  /// Readable when the thread has to look at its deadlines again.
  private let alarm: Int32

  private init() {
    queue = epoll_create1(Int32(EPOLL_CLOEXEC))
    alarm = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    var event = unsafe epoll_event()
    unsafe event.events = EPOLLIN.rawValue
    unsafe event.data.u64 = Self.alarmToken
    unsafe epoll_ctl(queue, EPOLL_CTL_ADD, alarm, &event)
  }

  private static let alarmToken: UInt64 = 0

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
      state.timers[token] = action
      if state.deadlines.count > 2 * state.timers.count + 1024 { state.deadlines.dropStale(keeping: state.timers) }
      state.deadlines.insert(token, at: deadline)
      return Self.isEarlier(deadline, &state)
    }
    if mustWake { wake() }
    return token
  }

  func unschedule(_ token: UInt64) {
    state.withLock { _ = $0.timers.removeValue(forKey: token) }
  }

  private func makeToken() -> UInt64 {
    lastToken.wrappingAdd(1, ordering: .relaxed).newValue
  }

  private func register(
    _ token: UInt64, _ interest: Interest, _ descriptor: Int32, _ deadline: ContinuousClock.Instant?
  ) async -> Outcome {
    await withCheckedContinuation { continuation in
      let (immediate, mustWake): (Outcome?, Bool) = state.withLock { state in
        guard state.isRunning else { return (.unavailable, false) }
        guard state.cancelledEarly.remove(token) == nil else { return (.cancelled, false) }
        state.waiters[token] = Waiter(deadline: deadline, continuation: continuation)
        return (nil, deadline.map { Self.isEarlier($0, &state) } ?? false)
      }
      if let immediate { return continuation.resume(returning: immediate) }
      // After the entry is in the table: the event may come before this call returns.
      if !arm(descriptor, interest, token) { end(token, .unavailable) }
      if mustWake { wake() }
    }
  }

  /// Asks for one event. The descriptor is usually known from an earlier wait; libpq may have replaced it by another of the same number.
  private func arm(_ descriptor: Int32, _ interest: Interest, _ token: UInt64) -> Bool {
    var event = unsafe epoll_event()
    unsafe event.events = UInt32(UInt16(bitPattern: interest.rawValue)) | EPOLLONESHOT.rawValue
    unsafe event.data.u64 = token
    if unsafe epoll_ctl(queue, EPOLL_CTL_MOD, descriptor, &event) == 0 { return true }
    guard errno == ENOENT else { return false }
    return unsafe epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) == 0
  }

  private func end(_ token: UInt64, _ outcome: Outcome) {
    let waiter = state.withLock { $0.waiters.removeValue(forKey: token) }
    waiter?.continuation.resume(returning: outcome)
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

  /// Notes a deadline; true when the thread sleeps past it and must be woken.
  private static func isEarlier(_ deadline: ContinuousClock.Instant, _ state: inout State) -> Bool {
    if let planned = state.sleepsUntil, planned <= deadline { return false }
    state.sleepsUntil = deadline
    return state.isSleeping
  }

  private func wake() {
    var one: UInt64 = 1
    // The only failure is a full counter, and then the alarm is readable already.
    _ = unsafe write(alarm, &one, MemoryLayout<UInt64>.size)
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
    guard queue >= 0, alarm >= 0 else { return }
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
    var events = unsafe [epoll_event](repeating: epoll_event(), count: Self.eventsAtOnce)
    var batch: [UnownedJob] = []
    while true {
      let (deadline, hasJobs) = prepareToSleep()
      let limit = hasJobs ? 0 : Self.milliseconds(until: deadline)
      let count = unsafe epoll_wait(queue, &events, Int32(Self.eventsAtOnce), limit)
      let ready = (0..<Int(max(0, count))).map { index in
        unsafe Event(token: events[index].data.u64, flags: events[index].events)
      }
      finish(ready, hasDeadline: deadline != nil)
      runJobs(&batch)
    }
  }

  private static let eventsAtOnce = 128

  /// What the kernel reports of one waiter.
  private struct Event {
    let token: UInt64
    let flags: UInt32
  }

  /// Until when to sleep at most, and whether there are jobs, so that there will be no sleep.
  private func prepareToSleep() -> (ContinuousClock.Instant?, hasJobs: Bool) {
    state.withLock { state in
      state.isSleeping = state.jobs.isEmpty
      return (state.sleepsUntil, !state.jobs.isEmpty)
    }
  }

  private static func nearestDeadline(_ state: inout State) -> ContinuousClock.Instant? {
    state.deadlines.dropStale(keeping: state.timers)
    var nearest = state.deadlines.earliest
    for waiter in state.waiters.values {
      if let deadline = waiter.deadline { nearest = nearest.map { min($0, deadline) } ?? deadline }
    }
    return nearest
  }

  /// Ends the waits that are over and runs the timers that are due.
  private func finish(_ events: [Event], hasDeadline: Bool) {
    let now = hasDeadline ? ContinuousClock.now : nil
    var resumed: [(CheckedContinuation<Outcome, Never>, Outcome)] = []
    var due: [@Sendable () -> Void] = []
    state.withLock { state in
      state.isSleeping = false
      for event in events {
        if event.token == Self.alarmToken {
          var count: UInt64 = 0
          _ = unsafe read(alarm, &count, MemoryLayout<UInt64>.size)
        } else if let waiter = state.waiters.removeValue(forKey: event.token) {
          resumed.append((waiter.continuation, .ready(Self.interest(of: event.flags))))
        }
      }
      // The tables are searched when something may be due, not at every event.
      guard let now, let planned = state.sleepsUntil, planned <= now else { return }
      for (token, waiter) in state.waiters {
        guard let deadline = waiter.deadline, deadline <= now else { continue }
        state.waiters.removeValue(forKey: token)
        resumed.append((waiter.continuation, .timedOut))
      }
      while let token = state.deadlines.popDue(now) {
        if let action = state.timers.removeValue(forKey: token) { due.append(action) }
      }
      state.sleepsUntil = Self.nearestDeadline(&state)
    }
    for (continuation, outcome) in resumed { continuation.resume(returning: outcome) }
    for action in due { action() }
  }

  /// Errors and hang-ups count as ready for everything: the next read or write of libpq reports them.
  private static func interest(of events: UInt32) -> Interest {
    guard events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) == 0 else { return [.read, .write] }
    return Interest(rawValue: Int16(truncatingIfNeeded: events))
  }

  private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
    guard let deadline else { return -1 }
    return Int32(max(0, min(60_000, ContinuousClock.now.duration(to: deadline).wholeMilliseconds)))
  }
}

// MARK: - Running jobs

extension Poller: TaskExecutor {
  /// Whether jobs can be run: the thread exists.
  var canRunJobs: Bool { state.withLock { $0.isRunning } }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let mustWake = state.withLock { state in
      state.jobs.append(job)
      let isSleeping = state.isSleeping
      state.isSleeping = false
      return isSleeping
    }
    if mustWake { wake() }
  }

  /// Runs what is there now. Jobs that these enqueue come after the next look at the descriptors.
  ///
  /// - Parameter batch: an empty buffer that is used again and again.
  private func runJobs(_ batch: inout [UnownedJob]) {
    state.withLock { state in swap(&state.jobs, &batch) }
    for job in batch { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    batch.removeAll(keepingCapacity: true)
  }
}
