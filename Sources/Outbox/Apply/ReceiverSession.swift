internal import Logging
internal import Postgres
internal import SyncProtocol

/// One run of an applier: feeds its machine and does what it says.
struct ReceiverSession {
  /// What a run reports to whoever waits for its end.
  enum Report: Sendable {
    case committed(Lane, LaneState, isEmpty: Bool)
    /// The lanes start over, and a snapshot is to be taken.
    case started
    case failed
  }

  private enum Event: Sendable {
    case exchanged(Int64, Result<SyncAnswer, any Error>)
    case hurried
    case waited(Int64)
  }

  /// How long a request that may be held waits for those that were made void. Where another process of the sender holds one, nobody ends it.
  private static let patience = Duration.seconds(1)

  private let applier: Applier
  private var machine: ReceiverMachine
  private var effects: [ReceiverMachine.Effect] = []
  private let started = ContinuousClock.now
  private var isOver = false
  /// The numbers of requests without an answer yet: one, and those that it made void.
  private var underWay: Set<Int64> = []
  private var lastApply: ApplyPlan?
  private(set) var lastError: (any Error)?

  init(_ applier: Applier) {
    self.applier = applier
    machine = ReceiverMachine(
      stream: applier.stream, audience: applier.audience, lanes: applier.lanes, pace: applier.pace,
      snapshots: applier.snapshots, seed: UInt64.random(in: .min ... .max))
  }

  private var now: Int64 { started.duration(to: .now).milliseconds }

  mutating func drive(until isDone: (Report) -> Bool) async {
    effects = machine.handle(.start, now: now)
    await withTaskGroup(of: Event.self) { group in
      listen(in: &group)
      while !isOver, !Task.isCancelled {
        if !effects.isEmpty {
          await carryOut(effects.removeFirst(), in: &group, until: isDone)
          if applier.takeRefresh() { effects += machine.handle(.refresh, now: now) }
        } else if !underWay.isEmpty, let event = await group.next() {
          take(event, in: &group)
        } else {
          break
        }
      }
      group.cancelAll()
    }
  }

  private mutating func carryOut(
    _ effect: ReceiverMachine.Effect, in group: inout TaskGroup<Event>, until isDone: (Report) -> Bool
  ) async {
    switch effect {
    case .storage(let operation): await perform(operation)
    case .exchange(let request, let number, let limit): await send(request, number, limit, in: &group)
    case .sendBulk: break  // Repairs are asked for by the owner of the transport.
    case .wait(let milliseconds):
      do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch { return isOver = true }
      effects += machine.handle(.timer, now: now)
    case .committed(let lane, let state):
      let isEmpty = lastApply.map { $0.rows.isEmpty && $0.expected.cursor == $0.next.cursor } ?? true
      publish(lane, state)
      isOver = isDone(.committed(lane, state, isEmpty: isEmpty))
    case .fault(let fault):
      applier.observer(.batchRefused(fault))
      report("a batch was refused", fault.rawValue)
    case .refused(let refusal):
      applier.observer(.cursorRefused(refusal))
      report("the sender refuses our cursor", refusal.rawValue)
    case .trouble(let trouble): report("the applier could not use its database", trouble.rawValue)
    case .underWay:
      applier.underWay.ring()
      isOver = isDone(.started)
    case .started:
      applier.note { $0.snapshot = [:] }
      applier.restarted.ring()
      isOver = isDone(.started)
    case .stopped: isOver = true
    }
  }

  /// Rings of the bell become events.
  private func listen(in group: inout TaskGroup<Event>) {
    let bell = applier.hurried
    let rings = bell.rings
    group.addTask {
      _ = await bell.wait(beyond: rings, limit: .seconds(3600))
      return .hurried
    }
  }

  /// Sends a request. One that may be held waits for those that a hurried one has made void: the sender ends them, and their numbers must not come
  /// behind this one's.
  private mutating func send(
    _ request: SyncRequest, _ number: Int64, _ limit: Int64, in group: inout TaskGroup<Event>
  ) async {
    if request.holdLimit > 0, !underWay.isEmpty {
      group.addTask {
        do { try await Task.sleep(for: Self.patience) } catch { return .waited(number) }
        return .waited(number)
      }
      waiting: while !underWay.isEmpty, let event = await group.next() {
        switch event {
        case .waited(number): break waiting
        case .exchanged(let old, _): underWay.remove(old)
        default: take(event, in: &group)
        }
      }
    }
    underWay.insert(number)
    let exchange = applier.exchange
    // While large batches come they are verified and decoded elsewhere.
    let isBusy = (lastApply?.rows.count ?? 0) > ReceiverStorage.smallBatch
    group.addTask(executorPreference: isBusy ? globalConcurrentExecutor : PostgresClient.executor) {
      do {
        try FaultPoint.hit(.cursorBeforeAcknowledge)
        return .exchanged(number, .success(try await exchange(request, .milliseconds(limit))))
      } catch {
        return .exchanged(number, .failure(error))
      }
    }
  }

  private mutating func take(_ event: Event, in group: inout TaskGroup<Event>) {
    switch event {
    case .waited: break
    case .hurried:
      listen(in: &group)
      if applier.takeRefresh() { effects += machine.handle(.refresh, now: now) }
      effects += machine.handle(.hurry, now: now)
    case .exchanged(let number, let result):
      underWay.remove(number)
      switch result {
      case .success(let answer):
        lastError = nil
        if case .batch(let batch) = answer.body { applier.note { $0.heads[batch.lane] = batch.head } }
        effects += machine.handle(.answer(answer, to: number), now: now)
      case .failure(let error):
        lastError = error
        if error is CancellationError { isOver = true }
        effects += machine.handle(.exchangeFailed(number), now: now)
      }
    }
  }

  private mutating func perform(_ operation: ReceiverOperation) async {
    do {
      let input = try await answer(operation)
      lastError = nil
      effects += machine.handle(input, now: now)
    } catch {
      lastError = error
      switch StorageFailure(error) {
      case .cancelled: isOver = true
      case .outcomeUnknown: effects += machine.handle(.outcomeUnknown, now: now)
      case .fencedOut: effects += machine.handle(.failed(.contention), now: now)
      case .trouble(let trouble):
        applier.observer(.applyFailed(trouble))
        applier.logger.warning("an operation of the applier failed", metadata: ["error": "\(error)"])
        effects += machine.handle(.failed(trouble), now: now)
      }
    }
  }

  private mutating func answer(_ operation: ReceiverOperation) async throws -> ReceiverMachine.Input {
    let storage = applier.storage
    switch operation {
    case .readLanes(let stream):
      let (lanes, quarantined) = try await storage.readLanes(stream: stream)
      return .lanes(lanes, quarantined: quarantined)
    case .apply(let plan):
      lastApply = plan
      let started = ContinuousClock.now
      switch try await storage.apply(plan) {
      case .applied(let nacks):
        applier.observer(OutboxEvent(applied: plan, refused: nacks, since: started))
        return .applied(nacks: nacks)
      case .cursorMoved: return .cursorMoved
      }
    case .resetLanes(let stream, let expected, let next):
      switch try await storage.resetLanes(stream: stream, expected: expected, next: next) {
      case .applied: return .reset
      case .cursorMoved: return .cursorMoved
      }
    case .recordBulk(let request):
      try await storage.recordBulk(request)
      return .bulkRecorded
    case .applyBulk(let bulk):
      _ = try await storage.applyBulk(bulk)
      return .bulkApplied
    case .collectTombstones(let stream):
      try await storage.collectTombstones(stream: stream)
      return .tidied
    case .readSnapshot: return .failed(.refused)
    }
  }

  private func publish(_ lane: Lane, _ state: LaneState) {
    let knownAt = machine.freshness.knownAt.map { started.advanced(by: .milliseconds($0)) }
    applier.note { status in
      status.lanes[lane] = state
      status.knownSince = knownAt
      status.lastFault = nil
    }
    applier.applied.ring()
  }

  private mutating func report(_ message: Logger.Message, _ code: String) {
    lastError = OutboxError(code: .refused, message: code)
    applier.note { $0.lastFault = code }
    applier.logger.warning(message, metadata: ["sync.code": "\(code)", "sync.stream": "\(applier.stream)"])
  }
}
