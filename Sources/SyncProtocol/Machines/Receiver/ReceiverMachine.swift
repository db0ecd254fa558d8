/// Moves one stream into its replica: pulls, checks what comes against its cursors, has it applied, and knows how fresh the replica is.
///
/// A value without I/O or clock. At most one storage operation and one exchange are outstanding. After a commit whose outcome nobody knows the cursors
/// are read again before anything else; storage trouble waits and resumes and never skips.
public struct ReceiverMachine: Sendable, Hashable {
  /// While nothing happens each lane comes first in at least one of so many requests.
  package static let requestsPerRound: Int64 = 8

  public enum Input: Sendable, Hashable {
    case start
    /// The wait that `Effect.wait` asked for is over.
    case timer
    /// The lanes, and rows of the stream that are in quarantine (at most some hundreds): they are reported again, because the
    /// outcome of the transaction that found them may have been lost.
    case lanes([Lane: LaneState], quarantined: [Nack])
    /// A verified answer to the request with this number.
    case answer(SyncAnswer, to: Int64)
    /// The exchange with this number failed: no answer, or one that did not verify.
    case exchangeFailed(Int64)
    case applied(nacks: [Nack])
    /// Another process moved the cursor.
    case cursorMoved
    case reset
    case bulkRecorded
    case bulkAnswer(BulkAnswer)
    case bulkApplied
    case tidied
    /// A snapshot beside the stream changed what is kept of the lanes: read them before the next exchange.
    case refresh
    /// Somebody waits for what the sender has by now: ask each lane once without letting the sender hold its answer.
    case hurry
    /// Ask for these rows anew (repair): all of kinds of one lane.
    case repair(id: String, Lane, [RowReference])
    case failed(StorageTrouble)
    case outcomeUnknown
    case stop
  }

  public enum Effect: Sendable, Hashable {
    case storage(ReceiverOperation)
    /// Send `request`, sign it, and bring the verified answer back under `number` (an answer to an older number changes nothing).
    case exchange(SyncRequest, number: Int64, limit: Int64)
    case sendBulk(BulkRequest)
    case wait(Int64)
    /// An answer that verified and still cannot be: dropped. Counted and shown.
    case fault(BatchFault)
    /// The sender refuses our cursor and says why. Counted and shown.
    case refused(SyncRefusal)
    /// Rows of this batch are committed here: for waiters and the local feed.
    case committed(Lane, LaneState)
    case trouble(StorageTrouble)
    /// The lanes start over: wake who takes snapshots.
    case started
    /// A snapshot of the lanes read is under way, perhaps in another process: look whether somebody takes it.
    case underWay
    case stopped
  }

  enum Phase: Sendable, Hashable {
    case stopped
    case reading
    case pausing
    case exchanging(number: Int64, sentAt: Int64)
    case applying(ApplyPlan, Timing)
    case resetting([Lane: LaneState])
    case recordingBulk(BulkRequest)
    case applyingBulk(String)
    case tidying
    case backingOff
  }

  /// What an answer says about the time of its knowledge.
  struct Timing: Sendable, Hashable {
    let sentAt: Int64
    let held: Int64
    let age: Int64
    let answeredAt: Int64
    let counts: Bool
  }

  public let stream: SiloNumber
  public let audience: SiloNumber
  public let asked: [Lane]
  public let pace: ReceiverPace
  /// The lanes of which snapshots can be taken in chunks: those that have kinds. Nil: the sender must write pointers.
  public let snapshots: Set<Lane>?
  let planted: PlantedBug?
  var phase = Phase.stopped
  /// The lanes as last read or committed.
  public private(set) var lanes: [Lane: LaneState] = [:]
  public private(set) var freshness = Freshness()
  private var backOff: BackOff
  private var number: Int64 = 0
  private var nacks: [Nack] = []
  private var nacksSent = 0
  private var waitingRepairs: [WaitingRepair] = []
  private var bulkAnswers: [BulkAnswer] = []
  private var stopping = false
  private var isStale = false
  /// The next requests show no cursor: a resynchronization was cut off by a new epoch, in which its token means nothing.
  /// Until the lanes are reset, or the start that came is refused.
  private var startsOver = false
  private var tidiedAt: Int64 = 0
  private var askedPriorityAt: Int64?
  /// The lane of the last batch that was committed.
  private var lastLane: Lane?
  /// Requests that are still to be made without a hold.
  private var hurries = 0
  /// Whether the sender may hold the request that is out.
  private var isHeld = false

  struct WaitingRepair: Sendable, Hashable {
    let id: String
    let lane: Lane
    let references: [RowReference]
  }

  public init(
    stream: SiloNumber, audience: SiloNumber, lanes: [Lane] = [.priority, .main], pace: ReceiverPace = .init(),
    snapshots: Set<Lane>? = nil, seed: UInt64
  ) {
    self.init(
      stream: stream, audience: audience, lanes: lanes, pace: pace, snapshots: snapshots, seed: seed, planted: nil)
  }

  package init(
    stream: SiloNumber, audience: SiloNumber, lanes: [Lane], pace: ReceiverPace, snapshots: Set<Lane>? = nil,
    seed: UInt64, planted: PlantedBug?
  ) {
    self.stream = stream
    self.audience = audience
    asked = lanes
    self.pace = pace
    self.snapshots = snapshots
    self.planted = planted
    backOff = BackOff(seed: seed)
  }

  /// Takes one input at monotonic time `now` (milliseconds).
  public mutating func handle(_ input: Input, now: Int64) -> [Effect] {
    switch input {
    case .stop:
      stopping = true
      return isBusy ? [] : finish()
    case .repair(let id, let lane, let references):
      if waitingRepairs.count < 100 { waitingRepairs.append(WaitingRepair(id: id, lane: lane, references: references)) }
      return []
    case .refresh:
      isStale = true
      return []
    case .hurry:
      hurries = asked.count
      // The new request ends the hold of the one that is out; its answer comes too late and changes nothing.
      guard case .exchanging = phase, isHeld, !stopping else { return [] }
      return isStale ? read() : exchange(now)
    case .bulkAnswer(let answer):
      if bulkAnswers.count < 100 { bulkAnswers.append(answer) }
      return []
    case .start, .timer: return timer(now)
    case .failed(let trouble):
      guard isBusy else { return [] }
      return [.trouble(trouble)] + waitAfterFailure()
    case .outcomeUnknown: return isBusy ? unknown(now) : []
    case .cursorMoved: return isBusy ? read() : []
    default: return answered(input, now)
    }
  }

  /// Whether a storage operation is outstanding.
  private var isBusy: Bool {
    switch phase {
    case .stopped, .pausing, .exchanging, .backingOff: false
    default: true
    }
  }

  private mutating func timer(_ now: Int64) -> [Effect] {
    switch phase {
    case .stopped where !stopping, .backingOff: return read()
    case .pausing: return next(now)
    case .exchanging(_, let sentAt) where now - sentAt >= pace.hold + pace.answer: return waitAfterFailure()
    default: return []
    }
  }

  private mutating func answered(_ input: Input, _ now: Int64) -> [Effect] {
    switch (phase, input) {
    case (.reading, .lanes(let read, let quarantined)):
      lanes = read
      if planted != .quarantineStopsReporting { nacks = quarantined }
      return (standing == .running ? [.underWay] : []) + next(now)
    case (.exchanging(let number, let sentAt), .answer(let answer, let to)) where number == to:
      // Only a batch says that the sender kept them: another answer may have been given before.
      if case .batch = answer.body { nacks.removeFirst(min(nacksSent, nacks.count)) }
      nacksSent = 0
      return take(answer, sentAt: sentAt, now)
    case (.exchanging(let number, _), .exchangeFailed(let to)) where number == to: return waitAfterFailure()
    case (.applying(let plan, let timing), .applied(let quarantined)): return commit(plan, timing, quarantined, now)
    case (.resetting(let next), .reset):
      lanes = next
      startsOver = false
      return [.started] + self.next(now)
    case (.recordingBulk(let request), .bulkRecorded): return [.sendBulk(request)] + next(now)
    case (.applyingBulk, .bulkApplied): return read()
    case (.tidying, .tidied): return next(now)
    default: return []
    }
  }

  /// Nothing is outstanding: what now?
  private mutating func next(_ now: Int64) -> [Effect] {
    if stopping { return finish() }
    if isStale { return read() }
    if let answer = bulkAnswers.first {
      bulkAnswers.removeFirst()
      phase = .applyingBulk(answer.id)
      return [.storage(.applyBulk(answer))]
    }
    if let repair = waitingRepairs.first, lanes[repair.lane] != nil {
      waitingRepairs.removeFirst()
      let request = BulkRequest(
        id: repair.id, stream: stream, lane: repair.lane, wanted: .references(repair.references))
      phase = .recordingBulk(request)
      return [.storage(.recordBulk(request))]
    }
    if now - tidiedAt >= pace.tidying {
      tidiedAt = now
      phase = .tidying
      return [.storage(.collectTombstones(stream: stream))]
    }
    return exchange(now)
  }

  private mutating func exchange(_ now: Int64) -> [Effect] {
    number += 1
    // Old knowledge: ask for the priority lane alone, at most every other time, so that a busy main lane still moves. After a batch of the priority lane
    // knowledge is as fresh as an idle sender's holds make it.
    let isOld = freshness.staleness(now: now).map { $0 >= pace.fresh } ?? false
    let isUrgent = isOld && asked.contains(.priority) && lastLane != .priority && askedPriorityAt != number - 1
    if isUrgent { askedPriorityAt = number }
    // Lanes take turns in being first: each must hear of completeness even while nothing happens; the priority lane more often, because it tells how fresh
    // all is.
    // Of hurried requests each lane has one.
    let isReversed = hurries > 0 ? hurries % 2 == 1 : number % Self.requestsPerRound == 0
    let turn = isReversed ? asked.reversed() : asked
    let claims = turn.filter { !isUrgent || $0 == .priority }.map { lane in
      CursorClaim(
        lane: lane, cursor: startsOver ? nil : lanes[lane]?.cursor, seen: lanes[lane]?.seen ?? .zero, isProven: false)
    }
    nacksSent = min(nacks.count, pace.nacks)
    isHeld = !isUrgent && hurries == 0
    if !isUrgent { hurries = max(0, hurries - 1) }
    phase = .exchanging(number: number, sentAt: now)
    let request = SyncRequest(
      receiver: audience, claims: claims, nacks: Array(nacks.prefix(nacksSent)), holdLimit: isHeld ? pace.hold : 0,
      snapshots: standing)
    return [.exchange(request, number: number, limit: pace.hold + pace.answer)]
  }

  private var standing: SnapshotStanding {
    guard snapshots != nil else { return .unable }
    return lanes.values.contains { $0.resync?.isChunked ?? false } ? .running : .able
  }

  private mutating func take(_ answer: SyncAnswer, sentAt: Int64, _ now: Int64) -> [Effect] {
    switch answer.body {
    case .batch(let batch):
      guard asked.contains(batch.lane), let lane = lanes[batch.lane] else { return refuse(.laneNotAsked) }
      if lane.resync != nil, batch.epoch.ordinal > lane.cursor.epoch.ordinal {
        startsOver = true
        return exchange(now)
      }
      do {
        let next = try BatchCheck.next(
          batch, after: lane, stream: stream, audience: audience, rowLimit: pace.rows, planted: planted)
        let sweep = next.resync == nil && planted != .sweepForgotten ? lane.resync : nil
        let timing = Timing(
          sentAt: planted == .freshnessFromTheReadersClock ? now : sentAt, held: answer.held,
          age: planted == .freshnessFromTheReadersClock ? 0 : answer.age, answeredAt: now,
          counts: batch.lane == .priority && batch.completeAsOf > 0)
        let plan = ApplyPlan(
          stream: stream, lane: batch.lane, expected: lane, next: next, rows: batch.rows, sweep: sweep)
        phase = .applying(plan, timing)
        return [.storage(.apply(plan))]
      } catch {
        return refuse(error)
      }
    case .resynchronize(let resynchronization): return restart(resynchronization)
    case .refused(let refusal, _): return [.refused(refusal)] + waitAfterFailure()
    case .retry(let after):
      phase = .pausing
      return [.wait(max(1, after))]
    }
  }

  /// Takes every lane over to the start of the resynchronization, unless that would move a cursor back within an epoch or to an older one.
  private mutating func restart(_ resynchronization: Resynchronization) -> [Effect] {
    let start = resynchronization.start
    for lane in asked {
      guard let cursor = lanes[lane]?.cursor else { continue }
      if cursor.epoch == start.epoch {
        guard cursor.position <= start.position else { return show(.notAtCursor) }
      } else {
        guard cursor.epoch.ordinal < start.epoch.ordinal else { return show(.wrongEpoch) }
      }
    }
    // A snapshot needs somebody to take it.
    if resynchronization.token == nil, snapshots == nil { return refuse(.impossibleInterval) }
    let resync = LaneState.Resync(
      epoch: start.epoch.ordinal, bound: start.position, token: resynchronization.token)
    var next: [Lane: LaneState] = [:]
    for lane in asked {
      let isEmpty = resynchronization.token == nil && snapshots?.contains(lane) != true
      next[lane] = LaneState(cursor: start, seen: start.position, resync: isEmpty ? nil : resync)
    }
    phase = .resetting(next)
    return [.storage(.resetLanes(stream: stream, expected: lanes, next: next))]
  }

  private mutating func commit(_ plan: ApplyPlan, _ timing: Timing, _ quarantined: [Nack], _ now: Int64) -> [Effect] {
    backOff.reset()
    lanes[plan.lane] = plan.next
    lastLane = plan.lane
    if planted != .quarantineStopsReporting {
      nacks.append(contentsOf: quarantined.prefix(max(0, 10_000 - nacks.count)))
    }
    if timing.counts {
      freshness.count(sentAt: timing.sentAt, held: timing.held, age: timing.age, answeredAt: timing.answeredAt)
    }
    return [.committed(plan.lane, plan.next)] + next(now)
  }

  private mutating func unknown(_ now: Int64) -> [Effect] {
    if planted == .unknownCommitTakenForDone, case .applying(let plan, let timing) = phase {
      return commit(plan, timing, [], now)
    }
    return read()
  }

  private mutating func read() -> [Effect] {
    if stopping { return finish() }
    isStale = false
    phase = .reading
    return [.storage(.readLanes(stream: stream))]
  }

  private mutating func refuse(_ fault: BatchFault) -> [Effect] { [.fault(fault)] + waitAfterFailure() }

  /// Refuses a start and shows the cursors of all lanes again: one of them stands in a history that the sender does not know, and only its proof
  /// lets a newer epoch start.
  private mutating func show(_ fault: BatchFault) -> [Effect] {
    startsOver = false
    askedPriorityAt = number
    return refuse(fault)
  }

  private mutating func waitAfterFailure() -> [Effect] {
    if stopping { return finish() }
    phase = .backingOff
    return [.wait(backOff.next())]
  }

  private mutating func finish() -> [Effect] {
    phase = .stopped
    return [.stopped]
  }
}
