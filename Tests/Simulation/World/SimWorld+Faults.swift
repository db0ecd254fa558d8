import SyncProtocol

/// The faults of the safety phase, and their end.
extension SimWorld {
  func scheduleFaults() {
    schedule(Int64(20 + random.below(130))) {
      guard self.hasFaults else { return }
      self.fault()
      self.scheduleFaults()
    }
  }

  private func fault() {
    let number = random.below(silos.count)
    let silo = silos[number]
    switch random.below(100) {
    case 0..<22:
      if let process = random.pick(silo.processes) { crash(process) }
    case 22..<30:
      sometimes("database crashed")
      note("database \(number) crashed")
      silo.database.crash()
    case 30..<40:
      sometimes("leader's session broken")
      silo.database.leader = nil
    case 40..<56:
      let region = 1 + random.below(regions)
      let until = now + Int64(40 + random.below(350))
      if random.chance(500) { block(0, region, until: until) } else { block(region, 0, until: until) }
    case 56..<62:
      sometimes("storage full")
      silo.troubleUntil = now + Int64(30 + random.below(150))
    case 62..<72: replay()
    case 72..<84:
      if silo.backups.count < 3 {
        silo.backups.append(silo.database)
      } else {
        silo.backups[random.below(3)] = silo.database
      }
    case 84..<90:
      if silo.restores < 2, let backup = random.pick(silo.backups) { restore(silo, backup) }
    case 90..<94:
      // A standby takes over that had not received the last transactions.
      let standby = silo.database
      schedule(Int64(10 + random.below(90))) {
        guard self.hasFaults, silo.restores < 2 else { return }
        self.sometimes("failover lost a suffix")
        self.restore(silo, standby)
      }
    case 94..<98:
      let database = silo.database
      // A region's log is short: what control has not applied yet must be gone sometimes.
      let keep = Int64(number == 0 ? 4 + random.below(30) : random.below(6))
      if database.state.head.value > keep, let bound = Position(database.state.head.value - keep),
        bound > database.retained
      {
        sometimes("log pruned")
        silo.database.retained = bound
      }
    default: break
    }
  }

  /// The database comes back as it was: by restore, or by a failover that lost a suffix.
  private func restore(_ silo: SimSilo, _ backup: SimPostgres) {
    sometimes(silo.number == 0 ? "control restored" : "region restored")
    if silo.restores == 1 { sometimes("restored twice") }
    note("restore of \(silo.number) from head \(silo.database.state.head) to \(backup.state.head)")
    silo.restores += 1
    for process in silo.processes { crash(process) }
    noteLostEvents(silo, backup)
    var database = backup
    database.crash()
    database.isForeignCopy = true
    silo.database = database
    silo.sequencedAt = silo.sequencedAt.filter {
      $0.value <= database.state.head.value && database.commitOrder[$0.key] != nil
    }
    silo.deltas.removeAll { $0.position > database.state.head.value }
    silo.epochs = [:]
    cuts = [:]
  }

  func beginLiveness() {
    note("faults end")
    hasFaults = false
    for silo in silos { silo.troubleUntil = 0 }
    blocked = [:]
    for silo in silos {
      for id in silo.database.open.keys.sorted() where random.chance(100) {
        silo.database.open[id].map { silo.database.abort($0) }
      }
    }
    scheduleHealing()
  }

  /// Applications in the regions keep their memberships in line, until everything is what it should be, and stays so.
  private func scheduleHealing(_ agreed: Int = 0) {
    schedule(150) {
      let reason = self.difference()
      if reason == nil, agreed >= 2 { return self.endInPeace() }
      if self.now > self.safetyEnds + 60_000 {
        return self.violate("not converged a minute after the faults: \(reason ?? "unstable")")
      }
      for region in 1...self.regions { self.begin(region, .reconcile) }
      self.takeBackHaltedRollouts()
      self.scheduleHealing(reason == nil ? agreed + 1 : 0)
    }
  }

  private func endInPeace() {
    for silo in silos where silo.number != adversary {
      checkNothingLost(silo)
      checkTold(silo)
    }
    isFinished = true
  }
}
