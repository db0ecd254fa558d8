import SyncProtocol

/// Read-your-writes: what a region calls reached has been applied there. And those who wait let nobody hold what is there already.
extension SimWorld {
  /// Gives out a token for a commit of control, as its answer would carry it.
  func promise(_ silo: SimSilo, _ transaction: SimTransaction) {
    // The epoch is read after the commit, and not while the database is known to be another one.
    guard silo.number == 0, !silo.database.isForeignCopy, !transaction.pointers.isEmpty, random.chance(300) else {
      return
    }
    let region = 1 + random.below(regions)
    let pointers = silo.database.commits.last?.pointers ?? []
    promises.append(
      SimPromise(
        position: SyncPosition(
          stream: .control, epoch: silo.database.state.epoch.ordinal, transaction: transaction.xid),
        region: region, time: now, pointers: pointers))
    schedule(Int64(random.below(40))) { self.hurry(region) }
  }

  /// Whoever waits in a region asks control at once.
  private func hurry(_ region: Int) {
    guard let process = random.pick(silos[region].processes), process.isAlive else { return }
    sometimes("receiver hurried")
    run(process, 0, receiverEffects(process, 0, .hurry))
  }

  /// Whoever was given a token lets the answers that are held leave.
  func hastenSender() {
    let silo = silos[random.below(silos.count)]
    guard let process = random.pick(silo.processes), process.isAlive else { return }
    for peer in process.senders.indices {
      guard let exchange = process.serving[peer], exchange.heldSince > 0 else { continue }
      sometimes("held answer hurried")
      runSender(process, peer, process.senders[peer].handle(.hurried, held: now - exchange.servedAt))
    }
  }

  /// What a region calls reached now must have been applied there: every lane is past the last entry of the transaction.
  func checkPromises(_ silo: SimSilo) {
    guard silo.number != 0, silo.number != adversary else { return }
    promises.removeAll { promise in
      guard promise.region == silo.number, isReached(promise, in: silo) else { return false }
      checkKept(promise, in: silo)
      return true
    }
  }

  private func isReached(_ promise: SimPromise, in silo: SimSilo) -> Bool {
    let lanes = silo.database.lanes[.control] ?? [:]
    return [Lane.priority, .main].allSatisfy { lane in
      guard let state = lanes[lane] else { return false }
      return promise.position.isReached(
        on: .init(
          epoch: state.cursor.epoch.ordinal, complete: state.completeSnapshot, isStartingOver: state.resync != nil))
    }
  }

  private func checkKept(_ promise: SimPromise, in silo: SimSilo) {
    let source = silos[0].database
    // A lost commit is nowhere; a region that still follows the history before a restore is judged by nobody, nor is one while the source has not noticed
    // its restore.
    guard !source.isForeignCopy, let order = source.commitOrder[promise.position.transaction],
      source.commits[order].time == promise.time, source.commits[order].pointers == promise.pointers,
      let lanes = silo.database.lanes[.control], lanes.values.allSatisfy({ $0.cursor.epoch == source.state.epoch })
    else { return }
    sometimes("own write seen")
    // From the log itself: a backup may be of a history that ended before.
    let place = source.entries.last { $0.transaction == promise.position.transaction }?.position
    for (lane, state) in lanes where place.map({ $0 > state.cursor.position }) ?? true {
      violate(
        "region \(silo.number) calls transaction \(promise.position.transaction) reached, and lane \(lane) is at \(state.cursor.position)"
      )
    }
  }

  /// After the faults every token that stands for something becomes reached; the reason why one is not yet.
  func openPromise() -> String? {
    for silo in silos { checkPromises(silo) }
    let source = silos[0].database
    for promise in promises where promise.region != adversary {
      guard let order = source.commitOrder[promise.position.transaction], source.commits[order].time == promise.time,
        promise.position.epoch <= source.state.epoch.ordinal
      else { continue }
      return "transaction \(promise.position.transaction) is not reached in region \(promise.region)"
    }
    return nil
  }
}
