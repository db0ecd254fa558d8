import Synchronization

/// The pool's shell: keeps the sessions, opens and closes them, and lets callers wait. The decisions are ``PoolMachine``'s.
final class ConnectionPool: Sendable {
  /// A connection lent to a caller.
  struct Lease: Sendable {
    let id: PoolMachine.ConnectionID
    let session: Session
  }

  private enum Answer: Sendable {
    case lease(Lease)
    case open(PoolMachine.ConnectionID)
    case failure(PostgresError)
    case cancelled
  }

  private struct State {
    var machine: PoolMachine
    /// The sessions nobody uses.
    var idle: [PoolMachine.ConnectionID: Session] = [:]
    var waiting: [PoolMachine.WaiterID: CheckedContinuation<Answer, Never>] = [:]
    /// Granted or ended before their continuation was stored.
    var early: [PoolMachine.WaiterID: Answer] = [:]
  }

  private let state: Mutex<State>
  private let limits: PoolLimits
  private let configuration: PostgresConfiguration

  init(configuration: PostgresConfiguration, limits: PoolLimits) {
    self.configuration = configuration
    self.limits = limits
    state = Mutex(State(machine: PoolMachine(limits: limits)))
  }

  /// Connections open, idle ones among them, and callers waiting.
  var counts: (open: Int, idle: Int, waiting: Int) {
    state.withLock { ($0.machine.openCount, $0.machine.idleCount, $0.machine.waiterCount) }
  }

  private let acquired = Atomic<UInt64>(0)
  private let failed = Atomic<UInt64>(0)
  private let acquireNanoseconds = Atomic<UInt64>(0)

  var statistics: PoolStatistics {
    let (open, idle, waiting) = counts
    return PoolStatistics(
      inUse: max(0, open - idle), idle: idle, waiting: waiting, acquired: acquired.load(ordering: .relaxed),
      failed: failed.load(ordering: .relaxed),
      acquireTime: .nanoseconds(Int64(clamping: acquireNanoseconds.load(ordering: .relaxed))))
  }

  /// A connection for the caller alone, to be given back with `release`.
  ///
  /// - Throws: `.poolExhausted`, `.poolClosed`, `.connection`, or `CancellationError`.
  func acquire() async throws -> Lease {
    let started = ContinuousClock.now
    do {
      let lease = try await lease()
      note(acquired, since: started)
      return lease
    } catch {
      note(failed, since: started)
      throw error
    }
  }

  private func note(_ count: borrowing Atomic<UInt64>, since started: ContinuousClock.Instant) {
    count.add(1, ordering: .relaxed)
    let taken = started.duration(to: .now).components
    acquireNanoseconds.add(
      UInt64(clamping: taken.seconds * 1_000_000_000 + taken.attoseconds / 1_000_000_000), ordering: .relaxed)
  }

  private func lease() async throws -> Lease {
    while true {
      try Task.checkCancellation()
      switch try await admitted() {
      case .open(let id): return try await open(id)
      case .failure(let error): throw error
      case .cancelled: throw CancellationError()
      case .lease(let lease):
        await lease.session.settle()
        if lease.session.isUsableAfterIdling { return lease }
        // Closed by the server meanwhile: its place is free for another attempt.
        lease.session.markBroken()
        release(lease)
      }
    }
  }

  /// Takes a connection back; one that is not idle or not clean is closed.
  func release(_ lease: Lease) {
    let reusable = lease.session.isClean
    let now = ContinuousClock.now
    lease.session.idleSince = now
    let effects = Effects()
    state.withLock { state in
      let (grant, close) = state.machine.release(lease.id, reusable: reusable, now: now)
      if !close { state.idle[lease.id] = lease.session }
      Self.serve(grant, &state, effects)
    }
    effects.perform()
  }

  /// Closes connections that are unused for too long.
  func expire() {
    let expired = state.withLock { state in
      state.machine.expire(now: .now).compactMap { state.idle.removeValue(forKey: $0) }
    }
    // The last references end here, outside the lock: closing sends a message.
    _ = consume expired
  }

  /// Refuses everybody from now on and closes what is idle.
  func close() {
    let effects = Effects()
    let sessions = state.withLock { state in
      let (connections, waiters) = state.machine.close()
      for waiter in waiters { Self.answer(waiter, .failure(Self.closed), &state, effects) }
      return connections.compactMap { state.idle.removeValue(forKey: $0) }
    }
    effects.perform()
    _ = consume sessions
  }

  private static var closed: PostgresError {
    PostgresError(code: .poolClosed, message: "the connection pool is shut down")
  }

  private func admitted() async throws -> Answer {
    let (admission, session, expired) = state.withLock { state in
      let (admission, expired) = state.machine.admit(now: .now)
      var session: Session?
      if case .lend(let id) = admission { session = state.idle.removeValue(forKey: id) }
      return (admission, session, expired.compactMap { state.idle.removeValue(forKey: $0) })
    }
    _ = consume expired
    switch admission {
    case .lend(let id):
      guard let session else { return .failure(Self.closed) }
      return .lease(Lease(id: id, session: session))
    case .open(let id): return .open(id)
    case .refuse(.closed): return .failure(Self.closed)
    case .refuse(.tooManyWaiters):
      return .failure(PostgresError(code: .poolExhausted, message: "\(limits.maximumWaiters) callers wait already"))
    case .wait(let waiter): return await wait(waiter)
    }
  }

  private func wait(_ waiter: PoolMachine.WaiterID) async -> Answer {
    let deadline = ContinuousClock.now.advanced(by: limits.waitTimeout)
    let timer = Poller.shared.schedule(at: deadline) { [limits] in
      self.give(
        up: waiter,
        .failure(PostgresError(code: .poolExhausted, message: "no connection was free within \(limits.waitTimeout)")))
    }
    defer { Poller.shared.unschedule(timer) }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let early = state.withLock { state in
          guard let early = state.early.removeValue(forKey: waiter) else {
            state.waiting[waiter] = continuation
            return Answer?.none
          }
          return early
        }
        if let early { continuation.resume(returning: early) }
      }
    } onCancel: {
      give(up: waiter, .cancelled)
    }
  }

  private func give(up waiter: PoolMachine.WaiterID, _ answer: Answer) {
    let effects = Effects()
    state.withLock { state in
      // Granted already: whoever granted it has answered.
      guard state.machine.abandon(waiter) else { return }
      Self.answer(waiter, answer, &state, effects)
    }
    effects.perform()
  }

  private func open(_ id: PoolMachine.ConnectionID) async throws -> Lease {
    do {
      return Lease(id: id, session: try await Session.open(configuration))
    } catch {
      let effects = Effects()
      state.withLock { state in Self.serve(state.machine.failedToOpen(id, now: .now), &state, effects) }
      effects.perform()
      throw error
    }
  }

  private static func serve(_ grant: PoolMachine.Grant?, _ state: inout State, _ effects: Effects) {
    switch grant {
    case .none: return
    case .open(let waiter, let id): answer(waiter, .open(id), &state, effects)
    case .lend(let waiter, let id):
      guard let session = state.idle.removeValue(forKey: id) else {
        return answer(waiter, .failure(closed), &state, effects)
      }
      answer(waiter, .lease(Lease(id: id, session: session)), &state, effects)
    }
  }

  private static func answer(
    _ waiter: PoolMachine.WaiterID, _ answer: Answer, _ state: inout State, _ effects: Effects
  ) {
    if let continuation = state.waiting.removeValue(forKey: waiter) {
      effects.add(continuation, answer)
    } else {
      state.early[waiter] = answer
    }
  }

  /// Continuations to resume after the lock is left.
  private final class Effects {
    private var pending: [(CheckedContinuation<Answer, Never>, Answer)] = []

    func add(_ continuation: CheckedContinuation<Answer, Never>, _ answer: Answer) {
      pending.append((continuation, answer))
    }

    func perform() {
      for (continuation, answer) in pending { continuation.resume(returning: answer) }
    }
  }
}

extension Session {
  /// Whether another caller may get it: nothing runs, no transaction is open, nothing lasting was changed.
  var isClean: Bool {
    !isBroken && isReusable && !isBusy && isAlive && !isInPipeline && (transactionStatus == .idle || isUnsettled)
  }
}
