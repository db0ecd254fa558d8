import SyncProtocol

/// One simulated run: control and its regions, their processes, the network between them, faults and an oracle. Everything follows from the options.
final class SimWorld {
  struct Options: Sendable {
    var seed: UInt64
    var planted: PlantedBug?
    /// The storage operation with this number fails: its outcome stays unknown.
    var failingOperation: Int?
    var isVerbose = false
  }

  static let users = 6
  let options: Options
  let regions: Int
  /// Whether events are sent: in one run of four, for their traffic hides what others find.
  let hasEvents: Bool
  /// A region whose key an adversary holds; nil in most runs.
  let adversary: Int?
  /// Regions that know no snapshots: they are started over by pointers, and start control over so.
  let legacy: Set<Int>
  var random: SimRandom
  var trace = SimTrace()
  var queue = SimQueue()
  var now: Int64 = 0
  var silos: [SimSilo] = []
  var marks: Set<String> = []
  var violation: String?
  var hasFaults = true
  var tokens = 0
  var exchanges = 0
  var operations = 0
  var transactions = 0
  var blocked: [Int: Int64] = [:]
  var requests: [SimExchange] = []
  /// Chunks that were answered lately, for replays.
  var chunks: [BulkAnswer] = []
  var handled: Set<Int> = []
  var everGranted: Set<Int> = []
  var tokensWritten: Set<Int> = []
  var nextGrant = 0
  var cuts: [Int: SimCut] = [:]
  var safetyEnds: Int64 = 0
  /// When control last heard the cursors of a region.
  var heard: [Int: Int64] = [:]
  var revisions = 0
  /// The tokens of all events that ever arrived at a silo, whatever was restored since.
  var everArrived: [Int: Set<Int>] = [:]
  /// Of the tokens of events that a silo's database lost by a restore: how often it had been told of a loss then.
  var lostEvents: [Int: [Int: Int]] = [:]
  /// Tokens for read-your-writes that nobody has seen reached yet.
  var promises: [SimPromise] = []

  let limits = TickLimits(window: 8, wholeTransaction: 4, partsPerTick: 1)

  init(_ options: Options) {
    self.options = options
    random = SimRandom(seed: options.seed)
    hasEvents = options.seed.isMultiple(of: 4)
    if options.isVerbose { trace.lines = [] }
    let isAttacked = random.chance(350)
    regions = isAttacked ? 3 : 2
    adversary = isAttacked ? 3 : nil
    var old: Set<Int> = []
    for region in 1...regions where random.chance(150) { old.insert(region) }
    legacy = old
    for number in 0...regions {
      guard let silo = SiloNumber(number), let epoch = Epoch(ordinal: 1, id: epochID()) else { continue }
      silos.append(
        SimSilo(
          number: number, database: SimPostgres(silo: silo, epoch: epoch, hasEvents: hasEvents),
          skew: Int64(random.below(200_000_000)))
      )
    }
    for silo in silos {
      let count = silo.number == 0 || random.chance(300) ? 2 : 1
      for index in 0..<count { silo.processes.append(makeProcess(silo: silo.number, index: index)) }
    }
  }

  /// Runs to the end and returns the trace's hash.
  func run() -> UInt64 {
    seedData()
    for silo in silos { for process in silo.processes { start(process) } }
    safetyEnds = Int64(600 + random.below(1200))
    scheduleWorkload()
    scheduleFaults()
    scheduleRollouts()
    schedule(safetyEnds - now) { self.beginLiveness() }
    while violation == nil, let event = queue.pop() {
      now = event.time
      trace.mix(UInt64(bitPattern: now))
      event.run()
      if isFinished { break }
    }
    queue = SimQueue()
    return trace.hash
  }

  var isFinished = false

  func schedule(_ delay: Int64, _ run: @escaping () -> Void) { queue.push(at: now + max(0, delay), run) }

  func sometimes(_ mark: String) { marks.insert(mark) }

  func note(_ line: @autoclosure () -> String) { if trace.lines != nil { trace.lines?.append("\(now) \(line())") } }

  func violate(_ what: @autoclosure () -> String) {
    guard violation == nil else { return }
    violation = what()
    note("VIOLATION \(what())")
  }

  func epochID() -> String {
    var text = ""
    for _ in 0..<2 {
      let word = String(random.next(), radix: 16)
      text += String(repeating: "0", count: 16 - word.count) + word
    }
    return text
  }

  func makeProcess(silo: Int, index: Int) -> SimProcess {
    tokens += 1
    let bug = options.planted
    let sequencer = SequencerMachine(
      limits: limits,
      pace: SequencerPace(busyPoll: 8, idlePoll: 40, patience: 0, heartbeat: 120, candidacy: 60, tidying: 400),
      seed: random.next(), planted: bug)
    var senders: [SenderMachine] = []
    var receivers: [ReceiverMachine] = []
    var snapshots: [SnapshotMachine] = []
    guard let own = SiloNumber(silo) else { preconditionFailure("silo numbers are small") }
    for peer in silo == 0 ? Array(1...regions) : [0] {
      guard let other = SiloNumber(peer) else { continue }
      let limits = SenderLimits(batch: 5, wholeTransaction: 4, lateLane: 40, hold: 80, retry: 30, bytes: 4)
      senders.append(SenderMachine(stream: own, limits: limits, planted: bug))
      let kinds = SimKind.kinds(sentBy: other, withEvents: hasEvents)
      let isLegacy = legacy.contains(max(silo, peer))
      receivers.append(
        ReceiverMachine(
          stream: other, audience: own, lanes: silo == 0 ? [.main] : [.priority, .main],
          pace: ReceiverPace(hold: 70, answer: 120, fresh: 160, rows: 1000, nacks: 10, tidying: 150),
          snapshots: isLegacy ? nil : Set(kinds.map(\.lane)), seed: random.next(), planted: bug))
      snapshots.append(
        SnapshotMachine(
          stream: other, audience: own, kinds: kinds,
          pace: SnapshotPace(rows: 2, bytes: 1000, answer: 300, isPipelined: random.chance(700)),
          seed: random.next()))
    }
    return SimProcess(
      silo: silo, index: index, token: tokens, sequencer: sequencer, senders: senders, receivers: receivers,
      snapshots: snapshots)
  }

  func start(_ process: SimProcess) {
    run(process, .sequencer, sequencerEffects(process, .start))
    for peer in process.receivers.indices {
      run(process, peer, receiverEffects(process, peer, .start))
      run(process, peer, snapshotEffects(process, peer, .start))
    }
  }

  /// The peer's silo number of a machine's index.
  func peer(_ process: SimProcess, _ index: Int) -> Int { process.silo == 0 ? index + 1 : 0 }

  func crash(_ process: SimProcess) {
    guard process.isAlive else { return }
    note("crash of process \(process.silo).\(process.index)")
    sometimes("process crashed")
    process.isAlive = false
    let database = silos[process.silo].database
    if database.openTicks[process.token] != nil { sometimes("process crashed inside a tick") }
    silos[process.silo].database.closeTick(owner: process.token)
    let fresh = makeProcess(silo: process.silo, index: process.index)
    schedule(Int64(10 + random.below(80))) {
      self.silos[process.silo].processes[process.index] = fresh
      self.start(fresh)
    }
  }
}
