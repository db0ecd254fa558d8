import Silo
import SyncProtocol

/// Rollouts of ring-gated revisions: what operators begin, what the monitor decides by production's rule, and what must hold.
extension SimWorld {
  static let soak = 60.0
  static let watch = 500.0
  /// A region that was not heard of for so long is taken for stalled.
  static let silence: Int64 = 250

  func scheduleRollouts() {
    schedule(Int64(25 + random.below(60))) {
      if self.silos[0].troubleUntil <= self.now {
        if self.hasFaults, self.random.chance(250) { self.operate(self.random.below(SimKind.flags)) }
        for flag in 0..<SimKind.flags { self.watchRollout(flag) }
      }
      self.scheduleRollouts()
    }
  }

  /// An operator begins a rollout, or decides about a halted one. Nobody goes on with what was refused.
  private func operate(_ flag: Int) {
    let rollout = silos[0].database.rollouts[flag]
    switch rollout?.state {
    case .halted?:
      let roll = random.below(3)
      if roll == 0, rollout?.isPoison == false {
        for failure in view(flag).failures {
          silos[0].database.rollouts[flag]?.watch[Int(failure.region.value)]?.isExcused = true
        }
        silos[0].database.rollouts[flag]?.state = .running
      } else if roll == 1 {
        takeBack(flag)
      } else {
        start(flag)
      }
    case .running?: if random.chance(60) { start(flag) }
    default: if random.chance(600) { start(flag) }
    }
  }

  private func start(_ flag: Int) {
    if silos[0].database.rollouts[flag]?.state.isOpen == true { sometimes("rollout superseded") }
    revisions += 1
    silos[0].database.rollouts[flag] = SimRollout(revision: revisions, isPoison: random.chance(350))
    give(flag, to: 0)
  }

  private func give(_ flag: Int, to ring: Int) {
    guard let rollout = silos[0].database.rollouts[flag] else { return }
    let state = silos[0].database.state
    let live = (1...regions).filter { self.state(of: $0) == .live }
    let id = silos[0].database.release(
      flag, ring: ring, revision: rollout.revision, isPoison: rollout.isPoison, token: token(0), time: now)
    silos[0].database.rollouts[flag]?.stages[ring] = RowVersion(
      generation: 0, epoch: state.epoch.ordinal, head: state.head)
    for region in 1...regions where SimKind.ring(of: region) == ring {
      silos[0].database.rollouts[flag]?.watch[region] = .init(wasLive: live.contains(region), given: now, xid: id)
    }
    note("flag \(flag): revision \(rollout.revision)\(rollout.isPoison ? ", poison," : "") to ring \(ring)")
    if random.chance(500) { self.ring(0) }
  }

  private func state(of region: Int) -> SyncState {
    now - (heard[region] ?? -Self.silence) < Self.silence ? .live : .stalled
  }

  private func view(_ flag: Int) -> RolloutView {
    let database = silos[0].database
    let rollout = database.rollouts[flag]
    let stages = (0...1).compactMap { ring -> RolloutView.Stage? in
      guard let name = RingName(ring == 0 ? "canary" : "broad") else { return nil }
      let regions = (1...self.regions).filter { SimKind.ring(of: $0) == ring }.compactMap { region in
        self.region(region, ring, flag, database)
      }
      return .init(
        ring: name, soakSeconds: Self.soak, watchSeconds: Self.watch, isReleased: rollout?.stages[ring] != nil,
        regions: regions)
    }
    return RolloutView(stages: stages, isSourceFresh: true, isAutomatic: true)
  }

  private func region(_ number: Int, _ ring: Int, _ flag: Int, _ database: SimPostgres) -> RolloutView.Region? {
    guard let region = RegionNumber(number), let silo = SiloNumber(number) else { return nil }
    let rollout = database.rollouts[flag]
    let watch = rollout?.watch[number]
    var refusal: String?
    if let since = rollout?.stages[ring], let refused = database.refusals[silo]?[SimKind.flag(flag)], since < refused,
      options.planted != .ringRefusalIgnored
    {
      refusal = "BAD_ROW"
    }
    return RolloutView.Region(
      number: region, state: state(of: number), wasLive: watch?.wasLive ?? false,
      givenSeconds: watch.map { Double(now - $0.given) }, appliedSeconds: watch?.applied.map { Double(now - $0) },
      refusal: refusal, isExcused: watch?.isExcused ?? false)
  }

  private func watchRollout(_ flag: Int) {
    guard silos[0].database.rollouts[flag]?.state == .running else { return }
    silos[0].database.noteProgress(of: flag, time: now)
    switch view(flag).decide() {
    case .wait: break
    case .promote(let ring):
      sometimes("rollout promoted")
      give(flag, to: ring)
    case .complete:
      sometimes("rollout complete")
      silos[0].database.rollouts[flag]?.state = .complete
      silos[0].database.completeRevisions[flag] = silos[0].database.rollouts[flag]?.revision
    case .halt(let failure):
      switch failure.cause {
      case .refused:
        sometimes("rollout halted by a refusal")
        if silos[0].database.rollouts[flag]?.stages[1] == nil { sometimes("poison kept in its ring") }
      case .failed: sometimes("rollout halted by a failing region")
      }
      silos[0].database.rollouts[flag]?.state = .halted
    }
  }

  /// Every ring returns to the revision that was last everywhere, or to nothing.
  private func takeBack(_ flag: Int) {
    sometimes("rollout taken back")
    let revision = silos[0].database.completeRevisions[flag]
    for ring in 0...1 where silos[0].database.rows[SimKind.release(ring, flag)] != nil {
      _ = silos[0].database.release(
        flag, ring: ring, revision: revision, isPoison: false, token: token(0), time: now)
    }
    silos[0].database.rollouts[flag]?.state = .rolledBack
  }

  func noteHaltedRollouts(_ silo: SimSilo) {
    if silo.database.rollouts.values.contains(where: { $0.state == .running }) {
      sometimes("rollout halted by a restore")
    }
  }

  /// When the faults are over, operators take back what is halted.
  func takeBackHaltedRollouts() {
    for flag in 0..<SimKind.flags where silos[0].database.rollouts[flag]?.state == .halted { takeBack(flag) }
  }

  /// A region receives the revision of its ring and no other; poison stays in the first ring.
  func checkRing(_ silo: SimSilo, _ row: RowReference, _ fields: [RowImage.Field]?, _ region: Int) {
    guard let fields else { return }
    guard let entitled = SimPostgres.entitled(row, in: silo.database.rows, region: region), entitled.fields == fields
    else { return violate("region \(region) receives a revision of \(row.key) that its ring does not have") }
    if SimKind.ring(of: region) > 0, entitled.number == SimRollout.poison {
      violate("poison in \(row.key) passed the canary ring")
    }
  }
}
