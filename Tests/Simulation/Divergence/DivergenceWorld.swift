import SyncProtocol

/// One owner, one holder, rows that rot in the replica, and comparisons while everything goes on. The walk, the verdicts and the version rule are
/// production's (`ComparisonMachine`, `DivergenceDecision`, `VersionGuard`); log, delivery and storage are modelled.
final class DivergenceWorld {
  static let bugs: Set<PlantedBug> = [
    .digestMismatchTakenForDivergence, .staleVersionNotReleased, .repairPointerWithoutReceiver,
  ]

  /// An entry of the log, or a pointer that waits for a position.
  struct Entry: Hashable {
    let key: RowKey
    let isRepair: Bool
    /// Whether it concerns the holder.
    let concerns: Bool
  }

  struct Owner {
    var rows: [RowKey: Int] = [:]
    var interest: Set<RowKey> = []
    var entries: [Entry] = []
    var pending: [Entry] = []
    var head: Position { Position(Int64(entries.count)) ?? .zero }
  }

  struct Replica: Hashable {
    var value: Int
    var version: RowVersion
  }

  struct Holder {
    var rows: [RowKey: Replica] = [:]
    var tombstones: [RowKey: RowVersion] = [:]
    var cursor: Position = .zero
  }

  let planted: PlantedBug?
  let epoch: Epoch
  let subject: ComparisonSubject
  let keys: [RowKey]
  var random: SimRandom
  var trace = SimTrace()
  var marks: Set<String> = []
  var violation: String?
  var owner = Owner()
  var holder = Holder()
  /// Keys whose replica was ever tampered with.
  var rotten: Set<RowKey> = []
  var incidents: Set<RowKey> = []
  var machine: ComparisonMachine?
  var effects: [ComparisonMachine.Effect] = []
  var comparisons = 0
  private var values = 0

  init?(seed: UInt64, planted: PlantedBug?) {
    self.planted = planted
    random = SimRandom(seed: seed ^ 0xD1FF)
    let keys = (0..<12).compactMap { RowKey("k" + String($0 + 10)) }
    guard let epoch = Epoch(ordinal: 1, id: String(repeating: "d", count: 32)), let region = SiloNumber(1),
      keys.count == 12
    else { return nil }
    self.keys = keys
    self.epoch = epoch
    subject = ComparisonSubject(
      stream: .control, audience: region, kind: Kind("item" as StaticString), columns: ["value"],
      salt: [UInt8](repeating: UInt8(truncatingIfNeeded: seed), count: 16))
  }

  func run() -> UInt64 {
    for _ in 0..<(80 + random.below(160)) where violation == nil {
      switch random.below(100) {
      case 0..<30: write()
      case 30..<50: tick()
      case 50..<66: deliver()
      case 66..<70: collect()
      case 70..<76: rot()
      default: step()
      }
    }
    settle()
    return trace.hash
  }

  /// Faults and writes end: what rotted is found, reported and mended.
  private func settle() {
    machine = nil
    effects = []
    for round in 1...4 where violation == nil {
      tick()
      deliver()
      compare()
      var steps = 0
      while machine != nil, violation == nil, steps < 10_000 {
        steps += 1
        step()
        if random.chance(300) { tick() }
        if random.chance(300) { deliver() }
      }
      tick()
      deliver()
      if difference() == nil, incidents.isEmpty { return }
      if round == 4 { violate(difference() ?? "open incidents of equal rows: \(incidents.count)") }
    }
  }

  private func difference() -> String? {
    for key in keys where truth(key) != holder.rows[key]?.value {
      return "\(key) is \(String(describing: holder.rows[key]?.value)) and not \(String(describing: truth(key)))"
    }
    return holder.rows.keys.first { !keys.contains($0) }.map { "\($0) is held and nobody's" }
  }

  func truth(_ key: RowKey) -> Int? { owner.interest.contains(key) ? owner.rows[key] : nil }
  func sometimes(_ mark: String) { marks.insert(mark) }
  func violate(_ what: String) { if violation == nil { violation = what } }

  // MARK: What goes on

  private func write() {
    guard let key = random.pick(keys) else { return }
    let held = owner.interest.contains(key)
    values += 1
    switch random.below(10) {
    case 0: owner.rows[key] = nil
    case 1: if held { owner.interest.remove(key) } else { owner.interest.insert(key) }
    default: owner.rows[key] = values
    }
    let concerns = held || owner.interest.contains(key)
    owner.pending.append(Entry(key: key, isRepair: false, concerns: concerns))
    trace.mix(values)
  }

  func tick() {
    owner.entries += owner.pending
    owner.pending = []
  }

  private func deliver() {
    let due = owner.entries[Int(holder.cursor.value)...].filter(\.concerns)
    for key in Set(due.map(\.key)).sorted() {
      let version = RowVersion(generation: 0, epoch: epoch.ordinal, head: owner.head)
      let image = RowImage(
        row: RowReference(kind: subject.kind, key: key), version: version, fields: truth(key).map(Self.fields))
      switch VersionGuard.decide(row: holder.rows[key]?.version, tombstone: holder.tombstones[key], image: image) {
      case .keep: sometimes("correction refused as stale")
      case .remove:
        holder.rows[key] = nil
        holder.tombstones[key] = version
      case .write:
        holder.rows[key] = truth(key).map { Replica(value: $0, version: version) }
        holder.tombstones[key] = nil
      }
    }
    holder.cursor = owner.head
  }

  private func collect() {
    holder.tombstones = holder.tombstones.filter { $0.value.head > holder.cursor }
  }

  private func rot() {
    switch random.below(4) {
    case 0:
      guard let key = random.pick(holder.rows.keys.sorted()) else { return }
      holder.rows[key]?.value = -1
      rotten.insert(key)
      sometimes("replica row flipped")
    case 1:
      guard let key = random.pick(holder.rows.keys.sorted()) else { return }
      holder.rows[key] = nil
      rotten.insert(key)
      sometimes("replica row deleted")
    case 2:
      // A row of nobody's, or one that others hold.
      let strange = (1...3).compactMap { RowKey("x\($0)") } + keys.filter { holder.rows[$0] == nil }
      guard let key = random.pick(strange) else { return }
      holder.rows[key] = Replica(value: -2, version: RowVersion(generation: 0, epoch: 1, head: .zero))
      rotten.insert(key)
      sometimes("replica row invented")
    default:
      guard let key = random.pick(holder.rows.keys.sorted()), let head = Position(1_000_000) else { return }
      holder.rows[key]?.value = -3
      holder.rows[key]?.version = RowVersion(generation: 0, epoch: 1, head: head)
      rotten.insert(key)
      sometimes("version beyond the log")
    }
  }

  // MARK: Comparison

  private func compare() {
    comparisons += 1
    let limits = ComparisonLimits(leaf: 1 + random.below(6), answer: 2 + random.below(6), suspects: 3, attempts: 3)
    var machine = ComparisonMachine(
      id: "c\(comparisons)", local: random.chance(500) ? .control : subject.audience,
      plan: [ComparisonPlan(subject: subject, known: incidents.sorted())], repairs: true, limits: limits,
      planted: planted)
    effects = machine.handle(.start)
    self.machine = machine
  }

  /// One effect of the comparison under way, or a new comparison.
  func step() {
    guard machine != nil else { return compare() }
    guard !effects.isEmpty else { return }
    trace.mix(effects.count)
    switch effects.removeFirst() {
    case .report(let report): check(report)
    case .wait: effects += machine?.handle(.timer) ?? []
    case .finished(let outcome):
      if outcome == .cutShort { violate("a comparison of a few rows was cut short") }
      machine = nil
    case .ask(let side, let question):
      let isOwner = (side == .local) == (machine?.local == .control)
      let body = isOwner ? ownerAnswer(question.body) : holderAnswer(question.body)
      effects += machine?.handle(.answer(CompareAnswer(id: question.id, body: body))) ?? []
    }
  }

  private func check(_ report: ComparisonReport) {
    switch report {
    case .row(let finding):
      trace.mix(finding.difference.code.utf8.count)
      sometimes("verdict \(finding.difference.code)")
      if finding.difference.isDivergence, !rotten.contains(finding.row.key) {
        violate("\(finding.row.key) is called \(finding.difference.code) although nobody touched it")
      }
    case .mended: sometimes("incident closed")
    case .refused(let refusal, _, _): violate("a side refused: \(refusal)")
    }
  }

  static func fields(_ value: Int) -> [RowImage.Field] { [.init(name: "value", value: String(value))] }
}
