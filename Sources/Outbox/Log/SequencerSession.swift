internal import Logging
internal import Postgres
internal import SyncProtocol

/// One run of a sequencer: feeds its machine and does what it says. The leader keeps one connection.
struct SequencerSession {
  /// Entries of a tick up to which the next one may run on the thread that waits for all connections.
  private static let smallTick = 100

  private let sequencer: Sequencer
  private var lastTick = 0
  private var throttle = TickThrottle(now: .now)
  private var machine: SequencerMachine
  private var storage: SequencerStorage
  private var retention: RetentionStore
  private var effects: [SequencerMachine.Effect] = []
  private var fence: Int64 = 0
  private var rings: UInt64
  private let started = ContinuousClock.now
  private var witnessedAt: Int64 = .min
  private(set) var isLedByAnother = false
  private(set) var lastError: (any Error)?
  private var isOver = false
  /// By what the last committed tick let the log grow.
  private var news: LogNews?
  /// False until the first tick after a change of leader or a commit of unknown outcome was served: the log may have grown by more.
  private var isNewsWhole = false

  init(_ sequencer: Sequencer) {
    self.sequencer = sequencer
    machine = SequencerMachine(
      limits: sequencer.limits, pace: sequencer.pace, seed: UInt64.random(in: .min ... .max))
    storage = SequencerStorage(
      registry: sequencer.registry, limits: sequencer.limits, name: sequencer.name,
      witness: sequencer.witness)
    retention = RetentionStore(retention: sequencer.retention)
    rings = sequencer.doorbell.rings
  }

  private var now: Int64 { started.duration(to: .now).milliseconds }

  /// Runs until `isDone` says so about an input, the task is cancelled or the machine stops.
  mutating func drive(until isDone: (SequencerMachine.Input) -> Bool) async {
    effects = machine.handle(.start, now: now)
    while !isOver, !Task.isCancelled {
      guard let effect = effects.first else { return }
      guard case .storage = effect else {
        effects.removeFirst()
        await perform(effect, isDone)
        continue
      }
      do {
        try await sequencer.client.withConnection { connection in
          await lead(on: connection, isDone)
        }
      } catch {
        if !isOver, case .storage? = effects.first {
          effects.removeFirst()
          lastError = error
          take(.failed(.unavailable), isDone)
        }
      }
    }
  }

  /// Performs effects on one connection, until it is lost or nothing needs it.
  private mutating func lead(
    on connection: PostgresConnection, _ isDone: (SequencerMachine.Input) -> Bool
  ) async {
    while !isOver, !Task.isCancelled, let effect = effects.first {
      effects.removeFirst()
      guard case .storage(let operation) = effect else {
        await perform(effect, isDone)
        if !machine.isLeading { return }
        continue
      }
      do {
        let input = try await perform(operation, on: connection, isDone)
        lastError = nil
        if let input { take(input, isDone) }
      } catch {
        lastError = error
        news = nil
        let failure = StorageFailure(error)
        log(failure, error)
        switch failure {
        case .cancelled: isOver = true
        case .fencedOut: take(.fencedOut, isDone)
        case .outcomeUnknown: take(.outcomeUnknown, isDone)
        case .trouble(let trouble): take(.failed(trouble), isDone)
        }
        if failure.losesConnection { return }
      }
    }
  }

  /// Hands an input to the machine and queues what it says.
  private mutating func take(_ input: SequencerMachine.Input, _ isDone: (SequencerMachine.Input) -> Bool) {
    if case .ledByAnother = input { isLedByAnother = true }
    if case .led(let state, _) = input { fence = state.fence }
    switch input {
    // Others may have written meanwhile, or a commit is not what it seemed.
    case .led, .stateRead: isNewsWhole = false
    default: break
    }
    let isListening = sequencer.decoding?.isListening ?? false
    if isListening != machine.isListening { effects += machine.handle(.listening(isListening), now: now) }
    effects += machine.handle(input, now: now)
    if isDone(input) { isOver = true }
  }

  /// Effects that need no connection.
  private mutating func perform(
    _ effect: SequencerMachine.Effect, _ isDone: (SequencerMachine.Input) -> Bool
  ) async {
    switch effect {
    case .storage: return
    case .wait(let milliseconds): await wait(milliseconds, isDone)
    case .serve:
      if isNewsWhole { sequencer.head.ring(news) } else { sequencer.head.ring() }
      isNewsWhole = true
      news = nil
      witness()
    case .steppedDown:
      sequencer.noteLeading(false)
      sequencer.logger.info("the sequencer stepped down")
    case .alarm(let error):
      sequencer.logger.critical("a tick was refused", metadata: ["outbox.reason": "\(error)"])
    case .stopped: isOver = true
    }
  }

  /// Keeps the witness at most a second behind the log; the last call of a run brings it level.
  mutating func witness(isLast: Bool = false) {
    guard let witness = sequencer.witness, let state = machine.state,
      isLast || now >= witnessedAt &+ 1000 || witnessedAt == .min
    else { return }
    witnessedAt = now
    do {
      try witness.record(state)
    } catch {
      sequencer.logger.warning("the witness file cannot be written", metadata: ["error": "\(error)"])
    }
  }

  private mutating func wait(_ milliseconds: Int64, _ isDone: (SequencerMachine.Input) -> Bool) async {
    let end = ContinuousClock.now.advanced(by: .milliseconds(milliseconds))
    while !Task.isCancelled {
      let rest = ContinuousClock.now.duration(to: end)
      guard rest > .zero else { break }
      let rang = await sequencer.doorbell.wait(beyond: rings, limit: rest)
      guard rang else { break }
      rings = sequencer.doorbell.rings
      let next = machine.handle(.doorbell, now: now)
      if isDone(.doorbell) { isOver = true }
      if isOver { return }
      if !next.isEmpty {
        effects += next
        return
      }
    }
    take(.timer, isDone)
  }

  /// The storage port. Nil when the operation's inputs were taken on the way.
  private mutating func perform(
    _ operation: SequencerOperation, on connection: PostgresConnection, _ isDone: (SequencerMachine.Input) -> Bool
  ) async throws -> SequencerMachine.Input? {
    switch operation {
    case .acquireLeadership:
      guard let (state, identityChanged) = try await storage.acquire(on: connection) else { return .ledByAnother }
      sequencer.noteLeading(true)
      sequencer.logger.info("leads the log", metadata: ["outbox.fence": "\(state.fence)"])
      return .led(state, identityChanged: identityChanged)
    case .startEpoch(let fence, let atLeast):
      return .epochStarted(try await storage.startEpoch(fence: fence, atLeast: atLeast, on: connection))
    case .poll(let floor, let done):
      rings = sequencer.doorbell.rings
      return .polled(hasWork: try await storage.poll(floor: floor, done: done, on: connection))
    case .openTick(let fence): return try await tick(fence: fence, on: connection, isDone)
    case .openTickIfWork(let fence, let floor, let done):
      return try await tick(fence: fence, ifThereIs: .init(floor: floor, done: done), on: connection, isDone)
    case .commitTick, .abortTick: return nil  // Inside `tick`.
    case .readState: return .stateRead(try await storage.readState(fence: fence, on: connection))
    case .tidy(let lowWater):
      try await retention.tidy(lowWater: lowWater, on: connection)
      return .tidied
    }
  }

  /// Lets changes gather while many come: a tick costs some 600 bytes of WAL and a commit, whatever its size.
  private mutating func pause() async throws {
    if let moment = throttle.next(now: .now) { await Suspension.sleep(until: moment) }
    try Task.checkCancellation()
  }

  private struct Aborted: Error {}

  /// A tick, when the pace of ticks lets it begin.
  private mutating func tick(
    fence: Int64, ifThereIs work: SequencerStorage.Work? = nil, on connection: PostgresConnection,
    _ isDone: (SequencerMachine.Input) -> Bool
  ) async throws -> SequencerMachine.Input? {
    try await pause()
    rings = sequencer.doorbell.rings
    // A backlog is decoded, hashed and packed: not on the thread that waits for everybody's connections.
    return try await withTaskExecutorPreference(lastTick > Self.smallTick ? globalConcurrentExecutor : nil) {
      try await perform(fence: fence, ifThereIs: work, on: connection, isDone)
    }
  }

  /// Operations 4 to 6: one transaction, because the machine decides between its reads and its writes.
  private mutating func perform(
    fence: Int64, ifThereIs work: SequencerStorage.Work?, on connection: PostgresConnection,
    _ isDone: (SequencerMachine.Input) -> Bool
  ) async throws -> SequencerMachine.Input? {
    let started = ContinuousClock.now
    var written: TickPlan?
    do {
      let instead: SequencerMachine.Input? = try await connection.withTransaction(.repeatableRead) { connection in
        let view: TickView
        switch try await storage.open(fence: fence, ifThereIs: work, assuming: machine.state, on: connection) {
        case .view(let opened): view = opened
        case .fencedOut: return .fencedOut
        case .idle: return .polled(hasWork: false)
        }
        try FaultPoint.hit(.tickAfterRead)
        take(.tickOpened(view), isDone)
        guard let last = effects.last, case .storage(.commitTick(let plan)) = last else { throw Aborted() }
        effects.removeLast()
        news = LogNews(plan.entries, after: view.state.head, chain: plan.state.chain)
        lastTick = plan.entries.count
        // Goes out with the COMMIT.
        try await storage.write(plan, before: view.state, on: connection)
        written = plan
        try FaultPoint.hit(.tickBeforeCommit)
        return nil
      }
      try FaultPoint.hit(.tickAfterCommit)
      if let written { await report(written, took: started.duration(to: .now), on: connection) }
      return instead ?? .tickCommitted
    } catch is Aborted {
      effects.removeAll {
        if case .storage(.abortTick) = $0 { true } else { false }
      }
      return .tickAborted
    }
  }

  /// Tells of a committed tick, and marks the traced transactions in it.
  private func report(_ plan: TickPlan, took duration: Duration, on connection: PostgresConnection) async {
    sequencer.observer(.ticked(duration: duration, entries: plan.entries.count, head: plan.state.head))
    guard sequencer.isTracing, !plan.entries.isEmpty else { return }
    var last: [UInt64: Int64] = [:]
    for entry in plan.entries { last[entry.transaction] = entry.position.value }
    do {
      for trace in try await TraceStore.sequenced({ last[$0] }, on: connection) {
        sequencer.observer(.traced(parent: trace.parent, duration: duration))
      }
    } catch {
      // The tick is committed; a trace that is not marked is only not shown.
      sequencer.logger.debug("traces were not marked", metadata: ["error": "\(error)"])
    }
  }

  private func log(_ failure: StorageFailure, _ error: any Error) {
    guard case .trouble(let trouble) = failure else { return }
    sequencer.observer(.sequencingFailed(trouble))
    sequencer.logger.warning(
      "the sequencer could not use the database",
      metadata: ["outbox.trouble": "\(trouble.rawValue)", "error": "\(error)"])
  }
}
