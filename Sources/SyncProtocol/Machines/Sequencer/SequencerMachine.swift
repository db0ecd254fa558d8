/// Turns committed pointers into log entries, as the one fenced leader of its silo.
///
/// A value without I/O or clock: `handle` takes what happened and the monotonic time in milliseconds and says what to do next. At most one storage
/// operation and one timer are outstanding. After an outcome that nobody knows the state is read again before anything else.
public struct SequencerMachine: Sendable, Hashable {
  public enum Input: Sendable, Hashable {
    case start
    /// The wait that `Effect.wait` asked for is over.
    case timer
    /// Somebody committed pointers. A hint only: it may be lost or false.
    case doorbell
    /// Whether somebody now listens for commits and rings the doorbell at each: then an idle outbox is polled at a slower pace.
    case listening(Bool)
    case led(LogState, identityChanged: Bool)
    case ledByAnother
    case epochStarted(LogState)
    case polled(hasWork: Bool)
    case tickOpened(TickView)
    case tickCommitted
    case tickAborted
    case stateRead(LogState)
    case tidied
    /// The fence is not ours any more.
    case fencedOut
    case failed(StorageTrouble)
    /// The commit was sent and no answer came.
    case outcomeUnknown
    /// Finish: no more ticks.
    case stop
  }

  public enum Effect: Sendable, Hashable {
    case storage(SequencerOperation)
    /// Send `timer` after so many milliseconds, unless another input comes first; replaces an earlier wait.
    case wait(Int64)
    /// The log is committed up to here: wake the readers.
    case serve(Position)
    /// Another process leads now.
    case steppedDown
    /// A plan was refused; the tick was rolled back. An operator must look.
    case alarm(TickPlanError)
    case stopped
  }

  private enum Phase: Sendable, Hashable {
    case stopped
    case following
    case acquiring
    case startingEpoch
    /// Leads, nothing outstanding.
    case idle
    case polling
    /// Opens a tick if there is work.
    case looking
    case opening
    case committing(TickPlan)
    case aborting
    case tidying
    case rereading
    /// Leads or not, waits after a failure; then reads the state again.
    case backingOff
  }

  public let limits: TickLimits
  public let pace: SequencerPace
  private let planted: PlantedBug?
  private var phase = Phase.stopped
  /// The row as last read or committed; nil while not the leader.
  public private(set) var state: LogState?
  private var backOff: BackOff
  private var rung = false
  /// Whether the doorbell is rung at each commit, as far as is known.
  public private(set) var isListening = false
  private var stopping = false
  private var emptyPolls = 0
  private var committedAt: Int64 = 0
  private var tidiedAt: Int64 = 0
  /// The ordinal that the log's epoch must reach before anything is appended: the database turned out to be another than the log's. Kept until the
  /// epoch was seen, because its start may fail or its outcome stay unknown.
  private var owedEpoch: Int32?

  public init(limits: TickLimits = .init(), pace: SequencerPace = .init(), seed: UInt64) {
    self.init(limits: limits, pace: pace, seed: seed, planted: nil)
  }

  package init(limits: TickLimits, pace: SequencerPace, seed: UInt64, planted: PlantedBug?) {
    self.limits = limits
    self.pace = pace
    self.planted = planted
    backOff = BackOff(seed: seed)
  }

  /// Whether this process believes to lead. Only the fence in the database decides.
  public var isLeading: Bool { state != nil }

  /// Takes one input at monotonic time `now` (milliseconds).
  public mutating func handle(_ input: Input, now: Int64) -> [Effect] {
    switch input {
    case .doorbell:
      rung = true
      // A decoded commit may ring before others see it: what it announces is looked for again and again, ever more rarely.
      if isListening, planted != .earlyReadAfterDecodedCommit { emptyPolls = 0 }
      return phase == .idle ? next(now) : []
    case .listening(let listens):
      isListening = listens
      emptyPolls = 0
      return []
    case .stop:
      stopping = true
      return phase == .idle || phase == .following || phase == .backingOff ? finish() : []
    case .fencedOut: return stepDown(now)
    case .failed(let trouble): return failed(trouble)
    case .outcomeUnknown: return reread()
    case .start, .timer: return timer(now)
    default: return answered(input, now)
    }
  }

  private mutating func timer(_ now: Int64) -> [Effect] {
    switch phase {
    case .stopped where !stopping, .following:
      phase = .acquiring
      return [.storage(.acquireLeadership)]
    case .idle: return next(now)
    case .backingOff: return reread()
    default: return []
    }
  }

  private mutating func answered(_ input: Input, _ now: Int64) -> [Effect] {
    switch (phase, input) {
    case (.acquiring, .led(let read, let identityChanged)):
      state = read
      backOff.reset()
      committedAt = now - pace.heartbeat
      tidiedAt = now
      owedEpoch = identityChanged ? read.epoch.ordinal + 1 : nil
      return startOwedEpoch(read) ?? next(now)
    case (.acquiring, .ledByAnother): return follow()
    case (.startingEpoch, .epochStarted(let read)):
      state = read
      return startOwedEpoch(read) ?? next(now)
    case (.polling, .polled(let hasWork)), (.looking, .polled(let hasWork)):
      backOff.reset()
      guard !hasWork else { return open() }
      emptyPolls += 1
      return rest(now)
    case (.opening, .tickOpened(let view)), (.looking, .tickOpened(let view)): return plan(view)
    case (.committing(let plan), .tickCommitted):
      backOff.reset()
      committedAt = now
      if !plan.entries.isEmpty { emptyPolls = 0 }
      state = plan.state
      return [.serve(plan.state.head)] + (plan.entries.isEmpty ? next(now) : breathe(now))
    case (.aborting, .tickAborted): return waitAfterFailure()
    case (.tidying, .tidied): return next(now)
    case (.rereading, .stateRead(let read)):
      guard let fence = state?.fence, read.fence == fence else { return stepDown(now) }
      state = read
      return [.serve(read.head)] + (startOwedEpoch(read) ?? next(now))
    default: return []
    }
  }

  /// The operation that starts the epoch which is owed; nil when none is.
  private mutating func startOwedEpoch(_ read: LogState) -> [Effect]? {
    guard let owed = owedEpoch, read.epoch.ordinal < owed else {
      owedEpoch = nil
      return nil
    }
    phase = .startingEpoch
    return [.storage(.startEpoch(fence: read.fence, atLeast: owed))]
  }

  /// Leads and nothing is outstanding: what now?
  private mutating func next(_ now: Int64) -> [Effect] {
    guard let state else { return follow() }
    if stopping { return finish() }
    if !state.isComplete || now - committedAt >= pace.heartbeat { return open() }
    if now - tidiedAt >= pace.tidying {
      tidiedAt = now
      phase = .tidying
      return [.storage(.tidy(lowWater: state.lowWater))]
    }
    // A decoded commit has pointers: what it announces is there, unless it was decoded too early.
    let isAnnounced = rung && isListening
    rung = false
    phase = isAnnounced ? .looking : .polling
    return [
      .storage(
        isAnnounced
          ? .openTickIfWork(fence: state.fence, floor: state.floor, done: state.done)
          : .poll(floor: state.floor, done: state.done))
    ]
  }

  /// After a tick that brought something, and left nothing: those who read it go first. What commits meanwhile is found a moment later; where commits
  /// are announced only what was announced too early, and then the pause may be longer.
  private mutating func breathe(_ now: Int64) -> [Effect] {
    guard let state, state.isComplete, !stopping, now - tidiedAt < pace.tidying else { return next(now) }
    if isListening { emptyPolls = Self.emptyPollsPassed }
    return rest(now)
  }

  /// Rest as after so many empty polls: 4 ms by default, when a change has mostly been applied.
  private static let emptyPollsPassed = 3

  private mutating func open() -> [Effect] {
    guard let state else { return follow() }
    rung = false
    phase = .opening
    return [.storage(.openTick(fence: state.fence))]
  }

  private mutating func plan(_ view: TickView) -> [Effect] {
    do {
      let plan = try TickPlanner.plan(view, limits: limits, planted: planted)
      phase = .committing(plan)
      return [.storage(.commitTick(plan))]
    } catch {
      phase = .aborting
      return [.alarm(error), .storage(.abortTick)]
    }
  }

  /// After an empty poll: a doorbell that rang meanwhile polls again at once; otherwise waits, longer the longer nothing came.
  private mutating func rest(_ now: Int64) -> [Effect] {
    phase = .idle
    if rung { return next(now) }
    let patience = isListening ? 1 : pace.patience
    let doublings = Int64(min(max(0, emptyPolls - patience), 16))
    let wait = min(isListening ? pace.listeningPoll : pace.idlePoll, pace.busyPoll << doublings)
    return [.wait(max(1, min(wait, committedAt + pace.heartbeat - now)))]
  }

  private mutating func follow() -> [Effect] {
    state = nil
    if stopping { return finish() }
    phase = .following
    return [.wait(pace.candidacy)]
  }

  private mutating func stepDown(_ now: Int64) -> [Effect] { [.steppedDown] + follow() }

  private mutating func failed(_ trouble: StorageTrouble) -> [Effect] {
    switch phase {
    case .acquiring: return follow()
    case .tidying where trouble != .unavailable:
      phase = .idle
      return [.wait(pace.busyPoll)]
    default: return waitAfterFailure()
    }
  }

  private mutating func waitAfterFailure() -> [Effect] {
    if stopping { return finish() }
    phase = .backingOff
    return [.wait(backOff.next())]
  }

  private mutating func reread() -> [Effect] {
    guard state != nil else { return follow() }
    phase = .rereading
    return [.storage(.readState)]
  }

  private mutating func finish() -> [Effect] {
    phase = .stopped
    state = nil
    return [.stopped]
  }
}
