import SyncProtocol

/// One sequencer that listens for decoded commits, and a database where a commit is decoded a while before anybody sees it: as long as a
/// synchronous standby needs to confirm it. The machine is production's; the rest is as small as it can be.
final class WakeWorld {
  static let bugs: Set<PlantedBug> = [.earlyReadAfterDecodedCommit]
  /// So slow that a change which only the poll finds stands out.
  static let pace = SequencerPace(
    busyPoll: 1, idlePoll: 50, patience: 4, heartbeat: 60_000, candidacy: 100, tidying: 1_000_000, listeningPoll: 5000)

  private struct Commit {
    let visibleAt: Int64
    let rang: Int64?
  }

  private var random: SimRandom
  private var machine: SequencerMachine
  private var queue = SimQueue()
  private var now: Int64 = 0
  private var state: LogState
  private var transaction: UInt64 = 10
  private var waiting: [Commit] = []
  private var listens = false
  private var timer = 0
  private(set) var violation: String?
  private(set) var marks: Set<String> = []
  private(set) var trace = SimTrace()

  init?(seed: UInt64, planted: PlantedBug? = nil) {
    guard let epoch = Epoch(ordinal: 1, id: String(repeating: "0", count: 32)) else { return nil }
    random = SimRandom(seed: seed ^ 0x5741_4B45)
    machine = SequencerMachine(limits: TickLimits(), pace: Self.pace, seed: seed, planted: planted)
    state = LogState(epoch: epoch)
  }

  func run() -> UInt64 {
    perform(machine.handle(.start, now: now))
    var moment: Int64 = 1000
    for _ in 0..<12 {
      queue.push(at: moment) { self.decode() }
      moment += Int64(1 + random.below(random.chance(200) ? 20_000 : 300))
    }
    queue.push(at: 500) { self.listen(true) }
    if random.chance(300) { queue.push(at: 1000 + Int64(random.below(4000))) { self.listen(false) } }
    while violation == nil, let (time, action) = queue.pop(), time < moment + 20_000 {
      now = time
      action()
    }
    if violation == nil, !waiting.isEmpty { violation = "\(waiting.count) commits were never found" }
    return trace.hash
  }

  /// A commit is decoded; the doorbell rings unless the stream was just lost.
  private func decode() {
    let gap = random.chance(500) ? 0 : Int64(random.below(400))
    let rings = listens && !random.chance(100)
    waiting.append(Commit(visibleAt: now + gap, rang: rings ? now : nil))
    if listens, !rings { marks.insert("decoded commit rang nobody") }
    trace.mix(Int(now))
    guard rings else { return }
    if gap > 0 { marks.insert("commit decoded before it is visible") }
    perform(machine.handle(.doorbell, now: now))
  }

  private func listen(_ listens: Bool) {
    self.listens = listens
    perform(machine.handle(.listening(listens), now: now))
    // Whoever waits at the slow pace is woken when that changes.
    perform(machine.handle(.doorbell, now: now))
    if !listens { marks.insert("stream of decoded commits lost") }
  }

  private func perform(_ effects: [SequencerMachine.Effect]) {
    for effect in effects {
      switch effect {
      case .wait(let delay):
        timer += 1
        let mine = timer
        queue.push(at: now + delay) {
          guard self.timer == mine else { return }
          self.perform(self.machine.handle(.timer, now: self.now))
        }
      case .storage(let operation):
        timer += 1
        queue.push(at: now + Int64(random.below(3))) { self.answer(operation) }
      case .alarm(let error): violation = "a tick was refused: \(error)"
      case .serve, .steppedDown, .stopped: break
      }
    }
  }

  private func answer(_ operation: SequencerOperation) {
    switch operation {
    case .acquireLeadership: take(.led(state, identityChanged: false))
    case .poll: take(.polled(hasWork: waiting.contains { $0.visibleAt <= now }))
    case .openTickIfWork where !waiting.contains(where: { $0.visibleAt <= now }): take(.polled(hasWork: false))
    case .openTick, .openTickIfWork:
      find()
      transaction += 2
      take(
        .tickOpened(
          TickView(
            state: state, snapshot: TransactionSnapshot(minimum: transaction, maximum: transaction, running: []),
            lastSequence: 0, transaction: transaction, startedAt: now, window: [], isFull: false)))
    case .commitTick(let plan):
      state = plan.state
      take(.tickCommitted)
    case .abortTick: take(.tickAborted)
    case .readState, .startEpoch: take(.stateRead(state))
    case .tidy: take(.tidied)
    }
  }

  private func take(_ input: SequencerMachine.Input) { perform(machine.handle(input, now: now)) }

  /// The tick sees what is visible. What rang is found soon after it can be, what did not at the next poll.
  private func find() {
    for commit in waiting where commit.visibleAt <= now {
      trace.mix(Int(now))
      let bound: Int64
      if let rang = commit.rang {
        // The waits double from the ring on, so the next look is no later than the gap was long; and what each look took.
        bound = commit.visibleAt - rang + 60
        if commit.visibleAt > rang { marks.insert("decoded commit found by looking again") }
      } else {
        bound = Self.pace.listeningPoll + 60
      }
      guard now - commit.visibleAt > bound else { continue }
      violation = "a commit decoded at \(commit.rang ?? -1) and visible at \(commit.visibleAt) was found at \(now)"
    }
    waiting.removeAll { $0.visibleAt <= now }
  }
}
