import SyncProtocol

/// Carries effects to the database, the network and the clock, and their results back.
extension SimWorld {
  func sequencerEffects(_ process: SimProcess, _ input: SequencerMachine.Input) -> [SequencerMachine.Effect] {
    process.sequencer.handle(input, now: now)
  }

  func receiverEffects(_ process: SimProcess, _ peer: Int, _ input: ReceiverMachine.Input) -> [ReceiverMachine.Effect] {
    process.receivers[peer].handle(input, now: now)
  }

  func later(_ process: SimProcess, _ delay: Int64, _ run: @escaping () -> Void) {
    let token = process.token
    schedule(delay) {
      guard process.isAlive, process.token == token else { return }
      run()
    }
  }

  /// Sends `timer` after the wait unless a later wait of the machine replaces it.
  func wait(_ process: SimProcess, _ machine: Int, _ delay: Int64, _ run: @escaping () -> Void) {
    let number = (process.waits[machine] ?? 0) + 1
    process.waits[machine] = number
    later(process, delay) {
      guard process.waits[machine] == number else { return }
      run()
    }
  }

  enum Fate { case done, refused, lost(isDone: Bool) }

  /// What becomes of one storage operation.
  func fate(_ silo: Int, writes: Bool) -> Fate {
    operations += 1
    if operations == options.failingOperation { return .lost(isDone: writes && operations % 2 == 0) }
    guard hasFaults else { return .done }
    if silos[silo].troubleUntil > now { return .refused }
    let roll = random.below(1000)
    if roll < 8 { return .refused }
    if roll < 20 { return .lost(isDone: writes && random.chance(600)) }
    return .done
  }

  // MARK: sequencer

  struct Sequencing { static let sequencer = Sequencing() }

  func run(_ process: SimProcess, _: Sequencing, _ effects: [SequencerMachine.Effect]) {
    for effect in effects {
      switch effect {
      case .storage(let operation):
        later(process, Int64(random.below(3))) { self.execute(process, operation) }
      case .wait(let delay):
        wait(process, -1, delay) { self.run(process, .sequencer, self.sequencerEffects(process, .timer)) }
      case .serve: wake(process.silo)
      case .steppedDown: sometimes("leader fenced out")
      case .alarm(let error): violate("a tick could not be planned: \(error)")
      case .stopped: break
      }
    }
  }

  func ring(_ silo: Int) {
    for process in silos[silo].processes where process.isAlive {
      run(process, .sequencer, sequencerEffects(process, .doorbell))
    }
  }

  /// Readers that hold an answer look again.
  private func wake(_ silo: Int) {
    for process in silos[silo].processes where process.isAlive {
      for peer in process.senders.indices {
        guard let exchange = process.serving[peer], exchange.heldSince > 0 else { continue }
        let effects = process.senders[peer].handle(.headMoved, held: now - exchange.servedAt)
        runSender(process, peer, effects)
      }
    }
  }

  private func execute(_ process: SimProcess, _ operation: SequencerOperation) {
    let silo = silos[process.silo]
    var isWrite = true
    if case .poll = operation { isWrite = false }
    if case .readState = operation { isWrite = false }
    if case .openTick = operation { isWrite = false }
    if case .openTickIfWork = operation { isWrite = false }
    var input: SequencerMachine.Input
    switch fate(process.silo, writes: isWrite) {
    case .refused: input = .failed(silo.troubleUntil > now ? .full : .unavailable)
    case .done: input = result(process, silo, operation)
    case .lost(let isDone):
      if isDone { _ = result(process, silo, operation) }
      sometimes("sequencer outcome unknown")
      input = .outcomeUnknown
    }
    if case .failed = input, case .commitTick = operation { silo.database.closeTick(owner: process.token) }
    later(process, Int64(random.below(3))) {
      self.run(process, .sequencer, self.sequencerEffects(process, input))
    }
  }

  private func result(_ process: SimProcess, _ silo: SimSilo, _ operation: SequencerOperation) -> SequencerMachine.Input
  {
    let planted = options.planted
    switch operation {
    case .acquireLeadership:
      if let leader = silo.database.leader, leader != process.token,
        silo.processes.contains(where: { $0.isAlive && $0.token == leader })
      {
        return .ledByAnother
      }
      if silo.database.leader != nil || silo.database.state.fence > 0 { sometimes("leadership taken over") }
      if planted != .tickWithoutFence {
        for owner in silo.database.openTicks.keys.sorted() { silo.database.closeTick(owner: owner) }
      }
      silo.database.leader = process.token
      silo.database.state.fence += 1
      let isForeign = silo.database.isForeignCopy && planted != .restoreUnnoticed
      return .led(silo.database.state, identityChanged: isForeign)
    case .startEpoch(let fence, let atLeast):
      guard fence == silo.database.state.fence else { return .fencedOut }
      guard silo.database.openTicks.isEmpty else { return .failed(.contention) }
      noteHaltedRollouts(silo)
      silo.database.startEpoch(atLeast: atLeast, id: epochID())
      sometimes("epoch started after a restore")
      return .epochStarted(silo.database.state)
    case .poll: return .polled(hasWork: silo.database.hasUnsequenced)
    case .openTickIfWork where !silo.database.hasUnsequenced: return .polled(hasWork: false)
    case .openTick(let fence), .openTickIfWork(let fence, _, _):
      if silo.database.openTicks.contains(where: { $0.key != process.token }), planted != .tickWithoutFence {
        return .failed(.contention)
      }
      guard
        let view = silo.database.openTick(
          owner: process.token, fence: fence, limits: limits, regions: regions,
          clock: now * 1000 + silo.skew, planted: planted)
      else { return .fencedOut }
      return .tickOpened(view)
    case .commitTick(let plan):
      let before = silo.database.state.head
      guard silo.database.commitTick(owner: process.token, plan: plan) else { return .failed(.unavailable) }
      checkTick(silo, plan, before)
      return .tickCommitted
    case .abortTick:
      silo.database.closeTick(owner: process.token)
      return .tickAborted
    case .readState:
      silo.database.closeTick(owner: process.token)
      return .stateRead(silo.database.state)
    case .tidy(let lowWater):
      if lowWater > silo.database.truncated { sometimes("pending table truncated") }
      silo.database.tidy(lowWater: min(lowWater, silo.database.state.lowWater))
      return .tidied
    }
  }

  // MARK: sender

  func runSender(_ process: SimProcess, _ peer: Int, _ effects: [SenderMachine.Effect]) {
    for effect in effects {
      switch effect {
      case .storage(let operation):
        process.serving[peer]?.heldSince = 0
        later(process, Int64(random.below(3))) { self.execute(process, peer, operation) }
      case .hold(let delay):
        sometimes("answer held")
        process.serving[peer]?.heldSince = now
        wait(process, 1000 + peer, delay) {
          let held = process.serving[peer].map { self.now - $0.servedAt } ?? delay
          self.runSender(process, peer, process.senders[peer].handle(.holdExpired, held: held))
        }
      case .answer(let answer):
        guard let exchange = process.serving[peer] else { continue }
        process.serving[peer] = nil
        send(answer, for: exchange, from: process)
        if !process.queued[peer].isEmpty { serve(process, peer, process.queued[peer].removeFirst()) }
      case .alarm: sometimes("unproven cursor refused")
      }
    }
  }

  /// Takes a request; while another is read it waits, a held one is replaced.
  func serve(_ process: SimProcess, _ peer: Int, _ exchange: SimExchange) {
    if let current = process.serving[peer], current.heldSince == 0 {
      if process.queued[peer].count < 3 { process.queued[peer].append(exchange) }
      return
    }
    process.serving[peer] = exchange
    process.serving[peer]?.servedAt = now
    runSender(process, peer, process.senders[peer].handle(.request(exchange.request)))
  }

  private func execute(_ process: SimProcess, _ peer: Int, _ operation: SenderOperation) {
    let silo = silos[process.silo]
    if case .recordAcknowledgement(let receiver, _, _) = operation, let exchange = process.serving[peer],
      options.planted != .cursorAcknowledgedBeforeItsSnapshot
    {
      silo.database.refilling[receiver] = exchange.request.snapshots == .running || !exchange.request.nacks.isEmpty
    }
    let input: SenderMachine.Input
    switch fate(process.silo, writes: true) {
    case .refused: input = .failed(.unavailable)
    case .done: input = result(silo, operation)
    case .lost(let isDone):
      if isDone { _ = result(silo, operation) }
      sometimes("sender outcome unknown")
      input = .outcomeUnknown
    }
    later(process, Int64(random.below(3))) {
      self.runSender(process, peer, process.senders[peer].handle(input))
    }
  }

  private func result(_ silo: SimSilo, _ operation: SenderOperation) -> SenderMachine.Input {
    let planted = options.planted
    switch operation {
    case .readLog(let receiver, let positions):
      return .log(
        silo.database.readLog(
          receiver: receiver, chainsAt: positions, clock: now * 1000 + silo.skew, planted: planted))
    case .startEpoch(let atLeast):
      guard silo.database.openTicks.isEmpty else { return .failed(.contention) }
      if silo.database.state.epoch.ordinal < atLeast {
        noteHaltedRollouts(silo)
        silo.database.startEpoch(atLeast: atLeast, id: epochID())
        sometimes("epoch started because a peer proved another history")
      }
      return .epochStarted
    case .recordAcknowledgement(let receiver, let cursors, let nacks):
      for (lane, cursor) in cursors.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        silo.database.acknowledged[receiver, default: [:]][lane] = cursor
      }
      if !nacks.isEmpty { sometimes("rows reported as not applicable") }
      silo.database.nacks.append(contentsOf: nacks)
      for nack in nacks {
        let known = silo.database.refusals[receiver]?[nack.row]
        silo.database.refusals[receiver, default: [:]][nack.row] = known.map { max($0, nack.version) } ?? nack.version
      }
      heard[Int(receiver.value)] = now
      return .recorded
    case .finalizeExits(let receiver, let snapshot, let through):
      let count = silo.database.finalizeExits(receiver: receiver, appliedBy: snapshot, through: through)
      if hasEvents { forgetEvents(silo, receiver, snapshot) }
      if count > 0 { sometimes("exit finalized") }
      return .finalized
    case .beginResync(let receiver):
      sometimes("receiver started over by pointers")
      return .resynchronizing(token: silo.database.beginResync(receiver: receiver, time: now))
    case .readEntries(let receiver, let lane, let after, let limit):
      return .entries(silo.database.readEntries(receiver: receiver, lane: lane, after: after, limit: limit))
    case .readRows(let query):
      guard let view = silo.database.readRows(query, planted: planted) else { return .failed(.contention) }
      if view.isTooMuch { sometimes("batch cut by what its rows weigh") }
      checkDelivery(silo, query, view)
      return .rows(view)
    case .readBulk: return .failed(.refused)
    }
  }

  // MARK: receiver

  func run(_ process: SimProcess, _ peer: Int, _ effects: [ReceiverMachine.Effect]) {
    for effect in effects {
      switch effect {
      case .storage(let operation):
        later(process, Int64(random.below(3))) { self.execute(process, peer, operation) }
      case .exchange(let request, let number, let limit):
        ask(process, peer, request, number)
        wait(process, 2000 + peer, limit) { self.run(process, peer, self.receiverEffects(process, peer, .timer)) }
      case .wait(let delay):
        wait(process, 2000 + peer, delay) { self.run(process, peer, self.receiverEffects(process, peer, .timer)) }
      case .sendBulk(let request): sendBulk(process, peer, request)
      case .fault(let fault): sometimes("batch refused: \(fault.rawValue)")
      case .refused, .trouble, .stopped: break
      case .committed(let lane, let state): checkCommitted(process, peer, lane, state)
      case .underWay: run(process, peer, snapshotEffects(process, peer, .start))
      case .started: run(process, peer, snapshotEffects(process, peer, .wake))
      }
    }
  }

  private func execute(_ process: SimProcess, _ peer: Int, _ operation: ReceiverOperation) {
    let silo = silos[process.silo]
    let input: ReceiverMachine.Input
    switch fate(process.silo, writes: true) {
    case .refused: input = .failed(silo.troubleUntil > now ? .full : .unavailable)
    case .done: input = result(process, silo, peer, operation)
    case .lost(let isDone):
      if isDone { _ = result(process, silo, peer, operation) }
      sometimes("apply outcome unknown")
      input = .outcomeUnknown
    }
    later(process, Int64(random.below(3))) { self.run(process, peer, self.receiverEffects(process, peer, input)) }
  }

  private func result(
    _ process: SimProcess, _ silo: SimSilo, _ peer: Int, _ operation: ReceiverOperation
  ) -> ReceiverMachine.Input {
    let planted = options.planted
    switch operation {
    case .readLanes(let stream):
      let quarantined = silo.database.quarantine[stream] ?? [:]
      return .lanes(
        silo.database.lanes[stream] ?? [:], quarantined: quarantined.keys.sorted().compactMap { quarantined[$0] })
    case .apply(let plan):
      let before = silo.database.lanes[plan.stream]?[plan.lane]
      if planted == .cursorSavedBeforeEffects, before?.cursor == plan.expected.cursor {
        silo.database.lanes[plan.stream]?[plan.lane] = plan.next
        later(process, 2) { _ = silo.database.applyRows(plan, time: self.now, planted: planted) }
        return .applied(nacks: [])
      }
      switch silo.database.apply(plan, time: now, planted: planted) {
      case .applied(let nacks):
        checkApplied(silo, plan, before, nacks)
        checkPromises(silo)
        return .applied(nacks: nacks)
      case .cursorMoved:
        sometimes("cursor moved by another process")
        return .cursorMoved
      case .busy: return .failed(.contention)
      }
    case .resetLanes(let stream, let expected, let next):
      guard silo.database.resetLanes(stream: stream, expected: expected, next: next) else {
        return .cursorMoved
      }
      cuts = cuts.filter { $0.value.silo != process.silo }
      return .reset
    case .recordBulk(let request):
      silo.database.recordBulk(request)
      return .bulkRecorded
    case .applyBulk(let answer):
      let report = silo.database.applyBulk(answer, time: now, planted: planted)
      if report.isBusy { return .failed(.contention) }
      if report.outcome == .forgotten { sometimes("answer to a forgotten bulk request refused") }
      return .bulkApplied
    case .collectTombstones(let stream):
      if silo.database.collectTombstones(stream: stream, impatient: random.chance(200), planted: planted) > 0 {
        sometimes("tombstone forgotten")
      }
      return .tidied
    case .readSnapshot: return .failed(.refused)
    }
  }
}
