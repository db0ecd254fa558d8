/// Compares two silos' rows, range by range, confirms what differs row by row, and has it mended.
///
/// A value without I/O or clock. It asks one question at a time, of its own side or of the peer; the owner of each kind is whoever's stream it is, so
/// one machine does both directions. What the peer says moves the walk and nothing else: verdicts are ``DivergenceDecision``'s.
public struct ComparisonMachine: Sendable, Hashable {
  public enum Side: String, Sendable, Hashable { case local, peer }

  public enum Input: Sendable, Hashable {
    case start
    /// The wait is over.
    case timer
    case answer(CompareAnswer)
  }

  public enum Effect: Sendable, Hashable {
    case ask(Side, CompareQuestion)
    case report(ComparisonReport)
    case wait(Int64)
    case finished(Outcome)
  }

  public enum Outcome: String, Sendable, Hashable {
    case complete
    /// A bound was reached: there is more than a comparison should mend.
    case cutShort = "cut_short"
  }

  public let id: String
  /// The silo that drives.
  public let local: SiloNumber
  public let plan: [ComparisonPlan]
  public let repairs: Bool
  public let limits: ComparisonLimits
  let planted: PlantedBug?
  package internal(set) var walk = ComparisonWalk()

  /// - Parameters:
  ///   - id: names the comparison in questions; up to 100 printable characters.
  ///   - repairs: whether confirmed divergences are mended.
  public init(
    id: String, local: SiloNumber, plan: [ComparisonPlan], repairs: Bool, limits: ComparisonLimits = .init()
  ) {
    self.init(id: id, local: local, plan: plan, repairs: repairs, limits: limits, planted: nil)
  }

  package init(
    id: String, local: SiloNumber, plan: [ComparisonPlan], repairs: Bool, limits: ComparisonLimits,
    planted: PlantedBug?
  ) {
    self.id = id
    self.local = local
    self.plan = plan
    self.repairs = repairs
    self.limits = limits
    self.planted = planted
  }

  /// Rows compared, by the driving side's count.
  public var compared: Int64 { walk.compared }
  public var divergences: Int { walk.divergences }
  /// The question that waits for its answer, and whom it was put to. Asking again is harmless.
  public var outstanding: (side: Side, question: CompareQuestion)? {
    guard let body = walk.asked, let subject else { return nil }
    return (walk.side, CompareQuestion(id: "\(id):\(walk.number)", subject: subject, body: body))
  }

  /// Takes one input; the last effect is a question, a wait or the end. Nothing comes of an answer to another question.
  public mutating func handle(_ input: Input) -> [Effect] {
    switch input {
    case .start: return walk.phase == .idle ? enter(0) : []
    case .timer:
      switch walk.phase {
      case .pausing: return confirm()
      case .verifying: return verify()
      default: return []
      }
    case .answer(let answer):
      guard let outstanding, answer.id == outstanding.question.id else { return [] }
      walk.asked = nil
      if case .refused(let refusal) = answer.body { return refused(refusal) }
      return answered(answer.body)
    }
  }

  var subject: ComparisonSubject? { plan.indices.contains(walk.index) ? plan[walk.index].subject : nil }
  private var owner: Side { subject?.stream == local ? .local : .peer }
  private var holder: Side { owner == .local ? .peer : .local }

  mutating func ask(_ side: Side, _ phase: ComparisonWalk.Phase, _ body: CompareQuestion.Body) -> [Effect] {
    guard walk.number < limits.questions else { return finish(.cutShort) }
    walk.number += 1
    walk.phase = phase
    walk.side = side
    walk.asked = body
    guard let outstanding else { return finish(.complete) }
    return [.ask(side, outstanding.question)]
  }

  private mutating func finish(_ outcome: Outcome) -> [Effect] {
    walk.phase = .finished
    walk.asked = nil
    return [.finished(outcome)]
  }

  private mutating func refused(_ refusal: CompareAnswer.Refusal) -> [Effect] {
    guard let subject else { return finish(.complete) }
    let report = Effect.report(.refused(refusal, subject.kind, stream: subject.stream))
    if walk.purpose == .verifying {
      walk.unverified.removeAll { $0.index == walk.index }
      return [report] + verify()
    }
    return [report] + enter(walk.index + 1)
  }

  private mutating func answered(_ body: CompareAnswer.Body) -> [Effect] {
    switch (walk.phase, body) {
    case (.measuring, .range(let range)): return measured(range)
    case (.matching, .range(let range)): return matched(range)
    case (.rematching, .range(let range)): return rematched(range)
    case (.listing, .range(let range)):
      walk.range = range
      return ask(
        .peer, .listingPeer,
        .range(after: walk.after, through: walk.through, limit: limits.answer, listsRows: true))
    case (.listingPeer, .range(let range)): return listed(range)
    case (.reading, .owner(let reading)):
      walk.first = reading
      return ask(holder, .readingHolder, .rows(walk.keys, window: nil))
    case (.readingHolder, .holder(let reading)):
      walk.held = reading
      guard let first = walk.first else { return refused(.malformed) }
      let window = CompareQuestion.Window(epoch: first.epoch, since: first.head, cursor: reading.cursor)
      return ask(owner, .rereading, .rows(walk.keys, window: window))
    case (.rereading, .owner(let reading)): return judge(reading)
    case (.mendingHolder, .mended):
      return ask(owner, .mendingOwner, .mend(walk.mends, repairs: isRepairing))
    case (.mendingOwner, .mended): return proceed()
    default: return refused(.malformed)
    }
  }

  /// Rows that are looked at again are not sent again: the repair is on its way.
  private var isRepairing: Bool { repairs && walk.purpose != .verifying }

  // MARK: Ranges

  private mutating func enter(_ index: Int) -> [Effect] {
    walk.index = index
    guard plan.indices.contains(index) else { return startVerifying() }
    walk.purpose = .ranges
    walk.found = []
    return range(after: nil)
  }

  private mutating func range(after: RowKey?) -> [Effect] {
    walk.after = after
    walk.through = nil
    return ask(.local, .measuring, .range(after: after, through: nil, limit: limits.leaf, listsRows: false))
  }

  private mutating func measured(_ range: RangeReading) -> [Effect] {
    walk.range = range
    walk.through = range.through
    return ask(
      .peer, .matching, .range(after: walk.after, through: walk.through, limit: limits.answer, listsRows: false))
  }

  private mutating func matched(_ range: RangeReading) -> [Effect] {
    if range.through == walk.through { return compare(range) }
    // The peer has more rows than fit: the range ends where it says, and this side is measured again.
    guard let through = range.through, through != walk.after else { return refused(.malformed) }
    walk.through = through
    walk.range = range
    return ask(
      .local, .rematching, .range(after: walk.after, through: through, limit: limits.answer, listsRows: false))
  }

  private mutating func rematched(_ range: RangeReading) -> [Effect] {
    compare(range)
  }

  private mutating func compare(_ range: RangeReading) -> [Effect] {
    guard range.digest == walk.range?.digest else {
      return ask(
        .local, .listing, .range(after: walk.after, through: walk.through, limit: limits.answer, listsRows: true))
    }
    walk.compared += Int64(range.count)
    return advance()
  }

  private mutating func listed(_ range: RangeReading) -> [Effect] {
    let mine = Dictionary((walk.range?.rows ?? []).map { ($0.key, $0.digest) }) { first, _ in first }
    let theirs = Dictionary(range.rows.map { ($0.key, $0.digest) }) { first, _ in first }
    walk.compared += Int64(mine.count)
    walk.range = nil
    let suspects = Set(mine.keys).union(theirs.keys).filter { mine[$0] != theirs[$0] }.sorted()
    return suspect(suspects)
  }

  private mutating func advance() -> [Effect] {
    walk.range = nil
    guard let through = walk.through else { return revisit() }
    return range(after: through)
  }

  /// The rows that an earlier comparison left open and that this one has not met yet.
  private mutating func revisit() -> [Effect] {
    walk.purpose = .known
    let found = Set(walk.found)
    return suspect(plan.indices.contains(walk.index) ? plan[walk.index].known.filter { !found.contains($0) } : [])
  }

  // MARK: Rows

  private mutating func suspect(_ keys: [RowKey]) -> [Effect] {
    walk.suspected += keys.count
    guard walk.suspected <= limits.divergences * 2 else { return finish(.cutShort) }
    walk.rest = keys
    return proceed()
  }

  /// The next suspects, or what comes when there are none.
  private mutating func proceed() -> [Effect] {
    walk.first = nil
    walk.held = nil
    walk.mends = []
    guard walk.divergences <= limits.divergences else { return finish(.cutShort) }
    guard !walk.rest.isEmpty else {
      switch walk.purpose {
      case .ranges: return advance()
      case .known: return enter(walk.index + 1)
      case .verifying: return verify()
      }
    }
    walk.keys = Array(walk.rest.prefix(limits.suspects))
    walk.rest.removeFirst(walk.keys.count)
    walk.attempt = 1
    return confirm()
  }

  private mutating func confirm() -> [Effect] { ask(owner, .reading, .rows(walk.keys, window: nil)) }

  private mutating func judge(_ second: OwnerReading) -> [Effect] {
    guard let subject, let first = walk.first, let held = walk.held else { return refused(.malformed) }
    var effects: [Effect] = []
    var moving: [RowKey] = []
    for key in walk.keys {
      let verdict = DivergenceDecision.decide(
        subject, key: key, first: first, held: held, second: second, planted: planted)
      if verdict == .inFlight, walk.attempt < limits.attempts {
        moving.append(key)
      } else {
        effects += conclude(verdict, key, subject, held, second)
      }
    }
    guard moving.isEmpty else {
      walk.keys = moving
      walk.phase = .pausing
      walk.attempt += 1
      return effects + [.wait(limits.patience * Int64(walk.attempt))]
    }
    guard !walk.mends.isEmpty else { return effects + proceed() }
    return effects + ask(holder, .mendingHolder, .mend(walk.mends, repairs: isRepairing))
  }

  private mutating func conclude(
    _ verdict: RowDifference, _ key: RowKey, _ subject: ComparisonSubject, _ held: HolderReading,
    _ second: OwnerReading
  ) -> [Effect] {
    let row = RowReference(kind: subject.kind, key: key)
    let place = ComparisonWalk.Place(index: walk.index, key: key)
    if verdict == .equal {
      guard walk.purpose != .ranges else { return [] }
      walk.unverified.removeAll { $0 == place }
      walk.mends.append(.init(key: key, difference: .equal))
      return [.report(.mended(row, stream: subject.stream))]
    }
    // A second look reports only what is new: that the row is equal.
    guard walk.purpose != .verifying else { return [] }
    if verdict.isDivergence {
      walk.found.append(key)
      walk.divergences += 1
      walk.mends.append(.init(key: key, difference: verdict))
      if repairs, walk.unverified.count < ComparisonWalk.maximumUnverified { walk.unverified.append(place) }
    }
    let owned = second.rows.first { $0.key == key }.map {
      RowVersion(generation: $0.generation, epoch: second.epoch.ordinal, head: second.head)
    }
    return [
      .report(
        .row(
          .init(
            stream: subject.stream, row: row, difference: verdict, owned: owned,
            held: held.rows.first { $0.key == key }?.version)))
    ]
  }

  // MARK: Looking again

  private mutating func startVerifying() -> [Effect] {
    walk.purpose = .verifying
    walk.round = 0
    walk.queue = []
    return verify()
  }

  /// Repaired rows again, kind by kind, until all are equal or the rounds are over.
  private mutating func verify() -> [Effect] {
    guard let next = walk.queue.first else {
      guard !walk.unverified.isEmpty, walk.round < ComparisonWalk.maximumRounds else { return finish(.complete) }
      walk.round += 1
      walk.queue = walk.unverified
      walk.phase = .verifying
      return [.wait(limits.patience * Int64(walk.round))]
    }
    walk.index = next.index
    let keys = walk.queue.filter { $0.index == next.index }.prefix(limits.suspects).map(\.key)
    walk.queue.removeAll { $0.index == next.index && keys.contains($0.key) }
    walk.rest = keys
    return proceed()
  }
}
