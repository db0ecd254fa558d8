internal import Logging
internal import Postgres
internal import SyncProtocol

/// The machine of one receiver with its requests in a row.
actor SenderSession {
  /// How long an acknowledgement may wait to be written while rows travel, and how long while none do.
  private static let acknowledgementDelay = (busy: Duration.seconds(1), idle: Duration.milliseconds(100))
  /// Rows up to which the thread that waits for all connections may read them itself.
  private static let smallRead = 50

  private var machine: SenderMachine
  private let storage: SenderStorage
  private let head: Doorbell
  private let index: ConcernIndex
  private let observer: OutboxObserver
  private let logger: Logger
  /// Rung by each new request: ends an older one's hold.
  private let newer = Doorbell()
  private var latest: UInt64 = 0
  private var haste = Haste()
  private var startingOver = StartingOver()
  /// Checked cursors that are not written yet. A hint to operators and to retention that the next request repeats, so it may be late.
  private var unwritten: (cursors: [Lane: Cursor], since: ContinuousClock.Instant)?
  /// Where the last answers lead a receiver that applies them; empty after one that is no batch.
  private var led: [Lane: Cursor] = [:]
  private var isBusy = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(
    machine: SenderMachine, storage: SenderStorage, head: Doorbell, index: ConcernIndex,
    observer: OutboxObserver = .none, logger: Logger
  ) {
    self.machine = machine
    self.storage = storage
    self.head = head
    self.index = index
    self.observer = observer
    self.logger = logger
  }

  /// - Throws: ``ReceiverExcluded`` when `entitlement` says no, `CancellationError`.
  func answer(_ request: SyncRequest, while entitlement: SQL?) async throws -> SyncAnswer {
    latest += 1
    let number = latest
    newer.ring()
    while isBusy { await withCheckedContinuation { waiting.append($0) } }
    try Task.checkCancellation()
    isBusy = true
    defer {
      isBusy = false
      let resumed = waiting
      waiting = []
      for continuation in resumed { continuation.resume() }
    }
    return try await drive(request, while: entitlement, number: number)
  }

  /// Ends a hold as a newer request would.
  func interrupt() {
    latest += 1
    newer.ring()
  }

  /// Answers the next requests without a hold, soon: what they bring may be waited for at the receiver.
  func hasten() {
    if haste.ask(now: .now) { newer.ring() }
  }

  private func drive(
    _ request: SyncRequest, while entitlement: SQL?, number: UInt64
  ) async throws -> SyncAnswer {
    let started = ContinuousClock.now
    var request = request
    if haste.isDue(now: .now) { request.holdLimit = 0 }
    let awaited = await awaitNews(for: request, number: number)
    try Task.checkCancellation()
    if haste.isDue(now: .now) { request.holdLimit = 0 }
    defer { haste.answered() }
    guard number == latest else {
      return SyncAnswer(body: .retry(after: machine.limits.retry), held: 0, age: 0)
    }
    var rings = head.rings
    var effects = machine.handle(.request(request), held: awaited)
    while true {
      guard !effects.isEmpty else {
        // The machine waits for nothing that could still come.
        return SyncAnswer(body: .retry(after: machine.limits.retry), held: 0, age: 0)
      }
      switch effects.removeFirst() {
      case .answer(let answer):
        await writeAcknowledgement(of: request.receiver, after: answer.hasRows ? Self.acknowledgementDelay.busy : .zero)
        led = answer.cursors(after: request).map { led.merging($0) { $1 } } ?? [:]
        report(answer, to: request.receiver, took: started.duration(to: .now) - .milliseconds(answer.held))
        return answer
      case .alarm(let refusal, let receiver):
        logger.error(
          "a receiver shows an impossible cursor",
          metadata: ["sync.receiver": "\(receiver)", "sync.code": "\(refusal.rawValue)"])
      case .hold(let milliseconds):
        // A newer request that came while this one read must not wait for its hold.
        guard number == latest else {
          return SyncAnswer(body: .retry(after: machine.limits.retry), held: 0, age: 0)
        }
        observer(.holding(true))
        defer { observer(.holding(false)) }
        let isHeadMoved = await hold(request, beyond: rings, limit: .milliseconds(milliseconds), number: number)
        try Task.checkCancellation()
        guard number == latest else {
          return SyncAnswer(body: .retry(after: machine.limits.retry), held: 0, age: 0)
        }
        rings = head.rings
        let held = started.duration(to: .now).milliseconds
        effects += machine.handle(
          haste.isDue(now: .now) ? .hurried : isHeadMoved ? .headMoved : .holdExpired, held: held)
      case .storage(let operation):
        if case .readLog(_, let positions) = operation {
          rings = head.rings
          effects += try await read(request, chainsAt: positions, while: entitlement)
        } else {
          effects += try await failing { machine.handle(try await perform(operation)) }
        }
      }
    }
  }

  /// Holds a request that comes from where the last answer led, as long as nothing is known that concerns it, before anything is read for it: while
  /// rows travel a receiver asks anew long before there are more. Returns the milliseconds that it took.
  private func awaitNews(for request: SyncRequest, number: UInt64) async -> Int64 {
    let cursors = request.cursors
    let limit = min(request.holdLimit, machine.limits.hold)
    guard limit > 0, request.nacks.isEmpty, !cursors.isEmpty, cursors.allSatisfy({ led[$0] == $1 }) else { return 0 }
    let started = ContinuousClock.now
    // Before the question, so that nothing that comes meanwhile is slept over.
    let rings = head.rings
    guard await !index.concerns(request.receiver, after: cursors.mapValues(\.position)) else { return 0 }
    observer(.holding(true))
    defer { observer(.holding(false)) }
    unwritten = storage.isRecorded(cursors, of: request.receiver) ? nil : (cursors, unwritten?.since ?? .now)
    _ = await hold(request, beyond: rings, limit: .milliseconds(limit), number: number)
    return started.duration(to: .now).milliseconds
  }

  /// Reads from one snapshot for as long as the machine asks for reads; returns what it wants besides.
  private func read(
    _ request: SyncRequest, chainsAt positions: [Position], while entitlement: SQL?
  ) async throws -> [SenderMachine.Effect] {
    var silences: [Lane: ConcernIndex.Silence] = [:]
    for claim in request.claims {
      guard let cursor = claim.cursor else { continue }
      silences[claim.lane] = await index.silence(
        for: request.receiver, in: claim.lane, after: cursor.position)
    }
    let starts = request.cursors.reduce(into: [Lane: Position]()) { starts, claim in
      starts[claim.key] = silences[claim.key]?.through ?? claim.value.position
    }
    let forecast = RowForecast(for: request.receiver, from: starts, head: head, registry: storage.registry)
    return try await failing {
      try await storage.withSnapshot(
        of: request, chainsAt: positions, silences: silences, forecast: forecast, entitlement: entitlement
      ) { snapshot in
        var effects = machine.handle(.log(snapshot.log))
        while effects.count == 1, case .storage(let operation) = effects[0],
          let input = try await input(operation, from: snapshot)
        {
          effects = machine.handle(input)
        }
        return effects
      }
    }
  }

  /// What the machine asks for, as far as the snapshot can tell; nil when it cannot.
  private func input(
    _ operation: SenderOperation, from snapshot: SenderSnapshot
  ) async throws -> SenderMachine.Input? {
    switch operation {
    case .recordAcknowledgement(let receiver, let cursors, let nacks):
      // A NACK is kept before the answer that it belongs to; a cursor may be late.
      guard nacks.isEmpty else { return nil }
      if !storage.isRecorded(cursors, of: receiver) { unwritten = (cursors, unwritten?.since ?? .now) }
      return .recorded
    case .readEntries(_, let lane, let after, let limit):
      return .entries(try await snapshot.entries(lane: lane, after: after, limit: limit))
    case .readRows(let query):
      let isSmall = query.references.count <= Self.smallRead
      return .rows(
        try await withTaskExecutorPreference(isSmall ? nil : globalConcurrentExecutor) {
          try await snapshot.rows(query)
        })
    default: return nil
    }
  }

  /// Writes the receiver's cursors if they have waited for so long. Failing that, the next request tries again.
  private func writeAcknowledgement(of receiver: SiloNumber, after delay: Duration) async {
    guard let waiting = unwritten, waiting.since.duration(to: .now) >= delay else { return }
    unwritten = nil
    do {
      try await storage.record(receiver: receiver, cursors: waiting.cursors, nacks: [])
    } catch {
      logger.debug("an acknowledgement was not kept", metadata: ["error": "\(error)"])
    }
  }

  /// Waits for entries that concern the receiver, a newer request or the limit; says whether the first came.
  private func hold(_ request: SyncRequest, beyond rings: UInt64, limit: Duration, number: UInt64) async -> Bool {
    let end = ContinuousClock.now.advanced(by: limit)
    let positions = request.cursors.mapValues(\.position)
    var rings = rings
    await writeAcknowledgement(of: request.receiver, after: Self.acknowledgementDelay.busy)
    while ContinuousClock.now < end, number == latest, !Task.isCancelled, !haste.isDue(now: .now) {
      let limit = min(end, haste.next ?? end)
      let pause = unwritten == nil ? limit : min(limit, .now.advanced(by: Self.acknowledgementDelay.idle))
      await head.wait(
        concerning: request.receiver, beyond: rings, or: (newer, beyond: newer.rings), until: pause)
      if head.rings != rings {
        rings = head.rings
        if await index.concerns(request.receiver, after: positions) { return true }
      }
      if .now >= pause { await writeAcknowledgement(of: request.receiver, after: .zero) }
    }
    return false
  }

  private func report(_ answer: SyncAnswer, to receiver: SiloNumber, took duration: Duration) {
    switch answer.body {
    case .batch(let batch):
      let removes = batch.rows.count { $0.fields == nil }
      observer(
        .delivered(
          to: receiver, lane: batch.lane, through: batch.to, rows: batch.rows.count - removes, removes: removes,
          duration: max(.zero, duration)))
    case .resynchronize(let start): observer(.cursorRefused(start.reason))
    case .refused(let refusal, _): observer(.cursorRefused(refusal))
    case .retry: break
    }
  }

  private func perform(_ operation: SenderOperation) async throws -> SenderMachine.Input {
    switch operation {
    case .readLog, .readBulk: return .failed(.refused)
    case .startEpoch(let atLeast):
      try await storage.startEpoch(atLeast: atLeast)
      return .epochStarted
    case .recordAcknowledgement(let receiver, let cursors, let nacks):
      try await storage.record(receiver: receiver, cursors: cursors, nacks: nacks)
      unwritten = nil
      return .recorded
    case .finalizeExits(let receiver, let snapshot, let through):
      try await storage.finalize(receiver: receiver, appliedBy: snapshot, through: through)
      return .finalized
    case .beginResync(let receiver):
      guard startingOver.begin(now: .now) else {
        logger.warning(
          "a receiver wants to start over too often", metadata: ["sync.receiver": "\(receiver)"])
        return .failed(.contention)
      }
      // As many pointers as the receiver may hold rows.
      return try await withTaskExecutorPreference(globalConcurrentExecutor) {
        .resynchronizing(token: try await storage.beginResync(receiver: receiver))
      }
    case .readEntries(let receiver, let lane, let after, let limit):
      return .entries(try await storage.readEntries(receiver: receiver, lane: lane, after: after, limit: limit))
    case .readRows(let query): return .rows(try await storage.readRows(query))
    }
  }

  /// Runs `work`; what goes wrong becomes the machine's input.
  private func failing(
    _ work: () async throws -> [SenderMachine.Effect]
  ) async throws -> [SenderMachine.Effect] {
    do {
      return try await work()
    } catch let excluded as ReceiverExcluded {
      _ = machine.handle(.failed(.unavailable))
      throw excluded
    } catch {
      switch StorageFailure(error) {
      case .cancelled:
        // The machine must not wait for an answer that never comes.
        _ = machine.handle(.failed(.unavailable))
        throw CancellationError()
      case .outcomeUnknown: return machine.handle(.outcomeUnknown)
      case .fencedOut: return machine.handle(.failed(.contention))
      case .trouble(let trouble):
        observer(.deliveryFailed(trouble))
        logger.warning(
          "the sender could not use the database",
          metadata: ["outbox.trouble": "\(trouble.rawValue)", "error": "\(error)"])
        return machine.handle(.failed(trouble))
      }
    }
  }
}

extension SyncAnswer {
  /// The cursors of a receiver that applies this answer to `request`; none when it moves them otherwise.
  fileprivate func cursors(after request: SyncRequest) -> [Lane: Cursor]? {
    guard case .batch(let batch) = body else { return nil }
    var cursors = request.cursors
    cursors[batch.lane] = Cursor(epoch: batch.epoch, position: batch.to, chain: batch.chainAfter)
    return cursors
  }
}
