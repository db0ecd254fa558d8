internal import Logging
internal import Postgres
internal import SyncProtocol

/// The machine of one receiver with its requests in a row.
actor SenderSession {
  private var machine: SenderMachine
  private let storage: SenderStorage
  private let head: Doorbell
  private let index: ConcernIndex
  private let freshness: Duration
  private let logger: Logger
  /// Rung by each new request: ends an older one's hold.
  private let newer = Doorbell()
  private var latest: UInt64 = 0
  private var isBusy = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(
    machine: SenderMachine, storage: SenderStorage, head: Doorbell, index: ConcernIndex, freshness: Duration,
    logger: Logger
  ) {
    self.machine = machine
    self.storage = storage
    self.head = head
    self.index = index
    self.freshness = freshness
    self.logger = logger
  }

  func answer(_ request: SyncRequest) async throws -> SyncAnswer {
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
    return try await drive(request, number: number)
  }

  private func drive(_ request: SyncRequest, number: UInt64) async throws -> SyncAnswer {
    let started = ContinuousClock.now
    var rings = head.rings
    var effects = machine.handle(.request(request))
    while true {
      guard !effects.isEmpty else {
        // The machine waits for nothing that could still come.
        return SyncAnswer(body: .retry(after: machine.limits.retry), held: 0, age: 0)
      }
      switch effects.removeFirst() {
      case .answer(let answer): return answer
      case .alarm(let refusal, let receiver):
        logger.error(
          "a receiver shows an impossible cursor",
          metadata: ["sync.receiver": "\(receiver)", "sync.code": "\(refusal.rawValue)"])
      case .hold(let milliseconds):
        // A newer request that came while this one read must not wait for its hold.
        guard number == latest else {
          return SyncAnswer(body: .retry(after: machine.limits.retry), held: 0, age: 0)
        }
        let isHeadMoved = await hold(request, beyond: rings, limit: .milliseconds(milliseconds), number: number)
        try Task.checkCancellation()
        guard number == latest else {
          return SyncAnswer(body: .retry(after: machine.limits.retry), held: 0, age: 0)
        }
        rings = head.rings
        let held = started.duration(to: .now).milliseconds
        effects += machine.handle(isHeadMoved ? .headMoved : .holdExpired, held: held)
      case .storage(let operation):
        if case .readLog = operation { rings = head.rings }
        effects += machine.handle(try await perform(operation))
      }
    }
  }

  /// Waits for entries that concern the receiver, a heartbeat after the time of freshness, a newer request or the limit; says whether one of
  /// the first two came.
  private func hold(_ request: SyncRequest, beyond rings: UInt64, limit: Duration, number: UInt64) async -> Bool {
    let started = ContinuousClock.now
    let end = started.advanced(by: limit)
    let position = request.claims.compactMap { $0.cursor?.position }.min() ?? .zero
    var rings = rings
    while true {
      let rest = ContinuousClock.now.duration(to: end)
      guard rest > .zero, number == latest, !Task.isCancelled else { return false }
      guard await ring(beyond: rings, limit: rest) else { return false }
      rings = head.rings
      if started.duration(to: .now) >= freshness { return true }
      if await index.concerns(request.receiver, after: position) { return true }
    }
  }

  /// Waits for the log to grow or a newer request; says whether the log grew.
  private func ring(beyond rings: UInt64, limit: Duration) async -> Bool {
    let head = head
    let newer = newer
    let seen = newer.rings
    return await withTaskGroup(of: Void.self) { group in
      group.addTask { _ = await head.wait(beyond: rings, limit: limit) }
      group.addTask { _ = await newer.wait(beyond: seen, limit: limit) }
      await group.next()
      group.cancelAll()
      await group.waitForAll()
      return head.rings != rings
    }
  }

  private func perform(_ operation: SenderOperation) async throws -> SenderMachine.Input {
    do {
      switch operation {
      case .readLog(let receiver, let positions):
        return .log(try await storage.readLog(receiver: receiver, chainsAt: positions))
      case .startEpoch(let atLeast):
        try await storage.startEpoch(atLeast: atLeast)
        return .epochStarted
      case .recordAcknowledgement(let receiver, let cursors, let nacks):
        try await storage.record(receiver: receiver, cursors: cursors, nacks: nacks)
        return .recorded
      case .finalizeExits(let receiver, let snapshot, let through):
        try await storage.finalize(receiver: receiver, appliedBy: snapshot, through: through)
        return .finalized
      case .beginResync(let receiver):
        return .resynchronizing(token: try await storage.beginResync(receiver: receiver))
      case .readEntries(let receiver, let lane, let after, let limit):
        return .entries(try await storage.readEntries(receiver: receiver, lane: lane, after: after, limit: limit))
      case .readRows(let query): return .rows(try await storage.readRows(query))
      case .readBulk: return .failed(.refused)
      }
    } catch {
      switch StorageFailure(error) {
      case .cancelled:
        // The machine must not wait for an answer that never comes.
        _ = machine.handle(.failed(.unavailable))
        throw CancellationError()
      case .outcomeUnknown: return .outcomeUnknown
      case .fencedOut: return .failed(.contention)
      case .trouble(let trouble):
        logger.warning(
          "the sender could not use the database",
          metadata: ["outbox.trouble": "\(trouble.rawValue)", "error": "\(error)"])
        return .failed(trouble)
      }
    }
  }
}
