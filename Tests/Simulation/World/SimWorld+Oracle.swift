import SyncProtocol

/// The state of control's log at one lane's cursor of one region, advanced entry by entry.
struct SimCut {
  let silo: Int
  var position: Int64 = 0
  var applied = 0
  var rows: [RowReference: SimRow] = [:]
  /// The commit that wrote each row last: a transaction carried in parts ends in the log behind younger ones.
  var orders: [RowReference: Int] = [:]
}

/// Says what must always hold, and notices when it does not. Independent of the machines.
extension SimWorld {
  /// Positions are dense; whole transactions stay together; one row's changes are in commit order.
  func checkTick(_ silo: SimSilo, _ plan: TickPlan, _ before: Position) {
    let database = silo.database
    trace.mix(UInt64(bitPattern: plan.state.head.value))
    note(
      "tick \(silo.number) \(plan.entries.map { "\($0.position):\($0.row.kind)/\($0.row.key)@\($0.transaction)" }) cut \(plan.state.cut != nil) carries \(plan.state.carries.count) floor \(plan.state.floor)"
    )
    if plan.state.cut != nil { sometimes("backlog worked off as a cut") }
    if plan.state.carries.contains(where: { $0.through == nil }) { sometimes("transaction held for its end") }
    if plan.state.carries.contains(where: { $0.through != nil }) { sometimes("transaction carried in parts") }
    guard before == plan.entries.first.map({ Position($0.position.value - 1) ?? .zero }) ?? plan.state.head,
      Int64(database.entries.count) == database.state.head.value
    else { return violate("positions of silo \(silo.number) are not dense at \(before)") }
    guard database.chains.last == plan.state.chain else { return violate("chain of silo \(silo.number) broken") }
    var start = 0
    while start < plan.entries.count {
      let transaction = plan.entries[start].transaction
      var end = start
      while end < plan.entries.count, plan.entries[end].transaction == transaction { end += 1 }
      if !plan.state.carries.contains(where: { $0.transaction == transaction }) {
        finishTransaction(silo, transaction, plan.entries[end - 1].position.value)
      }
      start = end
    }
  }

  private func finishTransaction(_ silo: SimSilo, _ transaction: UInt64, _ position: Int64) {
    let database = silo.database
    guard let order = database.commitOrder[transaction] else {
      return violate("an entry of a transaction that did not commit")
    }
    let commit = database.commits[order]
    silo.sequencedAt[transaction] = position
    silo.deltas.append((position, order, commit.writes))
    guard commit.pointers.count <= limits.wholeTransaction else { return }
    let rows = Set(commit.pointers.map(\.row))
    let first = Int(position) - rows.count
    guard first >= 0, database.entries[first..<Int(position)].allSatisfy({ $0.transaction == transaction }) else {
      return violate("transaction \(transaction) of silo \(silo.number) does not stay together")
    }
    for row in Set(commit.writes.map(\.row)) {
      // Another small transaction that changed this row and committed later must not stand before.
      for other in database.commits[(order + 1)...] where other.pointers.count <= limits.wholeTransaction {
        guard let place = silo.sequencedAt[other.xid], place < position,
          other.writes.contains(where: { $0.row == row })
        else { continue }
        return violate("row \(row.key) of silo \(silo.number): commit \(other.xid) before the older \(transaction)")
      }
    }
  }

  /// No row leaves that control itself has not granted.
  func checkDelivery(_ silo: SimSilo, _ query: DeliveryQuery, _ view: DeliveryView) {
    guard silo.number == 0 else { return }
    for row in view.rows where row.fields != nil {
      checkLeaving(silo, row.row, row.fields, to: Int(query.receiver.value))
    }
  }

  func checkBulk(_ silo: SimSilo, _ answer: BulkAnswer, receiver: Int) {
    guard silo.number == 0 else { return }
    for row in answer.rows { checkLeaving(silo, row.row, row.fields, to: receiver) }
  }

  private func checkLeaving(_ silo: SimSilo, _ row: RowReference, _ fields: [RowImage.Field]?, to region: Int) {
    if row.kind == SimKind.tokenKey { return }
    if row.kind == SimKind.flag { return checkRing(silo, row, fields, region) }
    if row.kind == SimKind.event {
      if fields != nil, silo.database.rows[row]?.region != region {
        violate("region \(region) receives another's event")
      }
      return
    }
    let user = row.kind == SimKind.grant ? silo.database.rows[row]?.user ?? -1 : SimKind.number(row.key)
    if !everGranted.contains(region * 100 + user) {
      return violate("region \(region) receives \(row.key), never granted")
    }
    if SimPostgres.entitled(row, in: silo.database.rows, region: region) == nil {
      violate("region \(region) receives \(row.key) without being entitled to it")
    }
  }

  /// A batch splits no small transaction.
  func checkBatch(_ silo: SimSilo, _ batch: Batch) {
    let database = silo.database
    guard batch.epoch == database.state.epoch, batch.to.value > 0, batch.to.value < Int64(database.entries.count) else {
      return
    }
    let concerns = { (entry: LogEntry) in
      (SimKind.isInterest(entry.row.kind) || SimKind.lane(entry.row.kind) == batch.lane)
        && entry.receivers.contains(batch.audience)
    }
    // Entries of the lane that concern the receiver: the last one inside and the first one outside.
    guard let last = database.entries[Int(batch.from.value)..<Int(batch.to.value)].last(where: concerns),
      let next = database.entries[Int(batch.to.value)...].first(where: concerns),
      last.transaction == next.transaction, let order = database.commitOrder[last.transaction]
    else { return }
    // Only what is too much for one batch: an interest expands to more rows than the limit.
    let pointers = database.commits[order].pointers
    if pointers.count <= limits.wholeTransaction, !pointers.contains(where: { SimKind.isInterest($0.row.kind) }) {
      violate("a batch of silo \(silo.number) splits transaction \(last.transaction)")
    }
  }

  /// The cursor only moves forward within an epoch, with the effects it stands for.
  func checkApplied(_ silo: SimSilo, _ plan: ApplyPlan, _ before: LaneState?, _ nacks: [Nack]) {
    if !nacks.isEmpty { sometimes("row quarantined") }
    note(
      "apply \(silo.number) \(plan.lane) to \(plan.next.cursor.position) epoch \(plan.next.cursor.epoch.ordinal) rows \(plan.rows.count) sweep \(plan.sweep != nil)"
    )
    if plan.sweep != nil { sometimes("older rows swept") }
    checkEvents(silo, plan.rows, from: plan.stream)
    guard let before else { return }
    if before.cursor.epoch == plan.next.cursor.epoch {
      if before.cursor.position > plan.next.cursor.position {
        return violate("a cursor of silo \(silo.number) went back")
      }
    } else {
      sometimes("lane continued into a new epoch")
      if before.cursor.epoch.ordinal > plan.next.cursor.epoch.ordinal {
        return violate("a cursor went to an older epoch")
      }
    }
    for row in plan.rows where row.fields != nil && plan.stream.value != adversary.map(UInt16.init) ?? 4095 {
      if let replica = SimReplica(row), !tokensWritten.contains(replica.token) {
        return violate("silo \(silo.number) applied \(row.row.key), which nobody wrote")
      }
    }
    guard silo.number != 0, silo.number != adversary else { return }
    checkStatus(silo)
    guard silo.restores == 0, silos[0].restores == 0 else { return }
    if let stored = silo.database.lanes[plan.stream]?[plan.lane], stored.isExactCut {
      checkCut(silo, plan.lane, stored)
    }
  }

  /// What a bulk answer wrote was written at its source, and lets no epoch of a user fall.
  func checkBulkApplied(_ silo: SimSilo, _ answer: BulkAnswer) {
    checkEvents(silo, answer.rows, from: answer.stream)
    for row in answer.rows where row.fields != nil && answer.stream.value != adversary.map(UInt16.init) ?? 4095 {
      if let replica = SimReplica(row), !tokensWritten.contains(replica.token) {
        return violate("silo \(silo.number) applied \(row.row.key), which nobody wrote")
      }
    }
    guard silo.number != 0, silo.number != adversary else { return }
    checkStatus(silo)
    guard silo.restores == 0, silos[0].restores == 0 else { return }
    // Nobody may say so before a batch was read later.
    for lane in [Lane.main, .priority] {
      if let stored = silo.database.lanes[answer.stream]?[lane], stored.isExactCut { checkCut(silo, lane, stored) }
    }
  }

  /// A user's epoch never falls while its row is there, whatever was restored.
  private func checkStatus(_ silo: SimSilo) {
    var seen: [RowReference: Int] = [:]
    for (row, replica) in silo.database.replicas[.control] ?? [:] where row.kind == SimKind.status {
      seen[row] = replica.number
      if let before = silo.epochs[row], before > replica.number {
        violate("region \(silo.number): the epoch of \(row.key) fell from \(before) to \(replica.number)")
      }
    }
    silo.epochs = seen
  }

  /// At a consistent cut the lane's replica equals the source as of the cursor.
  private func checkCut(_ silo: SimSilo, _ lane: Lane, _ state: LaneState) {
    sometimes("replica was an exact cut")
    let key = silo.number * 4 + (lane == .main ? 0 : 1)
    var cut = cuts[key] ?? SimCut(silo: silo.number)
    if cut.position > state.cursor.position.value { cut = SimCut(silo: silo.number) }
    let deltas = silos[0].deltas
    while cut.applied < deltas.count, deltas[cut.applied].position <= state.cursor.position.value {
      let delta = deltas[cut.applied]
      for write in delta.writes where (cut.orders[write.row] ?? -1) <= delta.order {
        cut.rows[write.row] = write.value
        cut.orders[write.row] = delta.order
      }
      cut.applied += 1
    }
    cut.position = state.cursor.position.value
    cuts[key] = cut
    // But for what it refused.
    let refused = silo.database.quarantine[.control] ?? [:]
    let replica = (silo.database.replicas[.control] ?? [:]).filter {
      SimKind.lane($0.key.kind) == lane && refused[$0.key] == nil
    }
    var count = 0
    let rows = Array(cut.rows.keys) + silos[0].database.allFlags
    for row in rows where SimKind.lane(row.kind) == lane && refused[row] == nil {
      guard let value = SimPostgres.entitled(row, in: cut.rows, region: silo.number) else { continue }
      count += 1
      if replica[row]?.token != value.token {
        return violate("at \(cut.position) lane \(lane) of region \(silo.number) is no exact cut: \(row.key)")
      }
    }
    if count != replica.count { violate("at \(cut.position) lane \(lane) of region \(silo.number) has rows too many") }
  }

  /// Knowledge is never fresher than claimed: everything that had committed by then has been applied.
  func checkCommitted(_ process: SimProcess, _ peer: Int, _ lane: Lane, _ state: LaneState) {
    guard process.silo != 0, lane == .priority, silos[0].restores == 0, silos[process.silo].restores == 0,
      let known = process.receivers[peer].freshness.knownAt
    else { return }
    sometimes("knowledge was fresh")
    let source = silos[0]
    let applied = silos[process.silo].database.lanes[.control]?[.priority]?.cursor.position ?? .zero
    for commit in source.database.commits.reversed() {
      if commit.time >= known { continue }
      if known - commit.time > 400 { break }
      guard let position = source.sequencedAt[commit.xid], position <= applied.value else {
        return violate(
          "region \(process.silo) claims knowledge of \(known) and lacks commit \(commit.xid) of \(commit.time)")
      }
    }
  }

  /// Whether every honest silo holds exactly what it should; the reason if not.
  func difference() -> String? {
    for silo in silos where silo.number != adversary {
      if !silo.database.open.isEmpty { return "transactions open in silo \(silo.number)" }
      if silo.database.hasUnsequenced { return "silo \(silo.number) has pointers without a position" }
      for (stream, lanes) in silo.database.lanes where Int(stream.value) != adversary {
        if lanes.values.contains(where: { $0.resync != nil }) {
          return "silo \(silo.number) has not taken the whole snapshot of \(stream)"
        }
      }
    }
    for region in 1...regions where region != adversary {
      if let reason = downstreamDifference(region) ?? upstreamDifference(region) { return reason }
    }
    return eventDifference() ?? missingReport() ?? openPromise()
  }

  private func downstreamDifference(_ region: Int) -> String? {
    guard let receiver = SiloNumber(region) else { return nil }
    let control = silos[0].database
    let replica = silos[region].database.replicas[.control] ?? [:]
    let truth = control.truth(for: receiver)
    for (row, value) in truth {
      guard let held = replica[row] else { return "region \(region) lacks \(row.kind)/\(row.key)" }
      if held.token != value.token { return "region \(region) holds an old \(row.kind)/\(row.key)" }
      if row.kind == SimKind.status, held.number < value.number { return "status epoch of \(row.key) behind" }
    }
    guard truth.count == replica.count else {
      let known = Set(truth.map(\.0))
      let extra = replica.keys.filter { !known.contains($0) }.sorted().first
      return "region \(region) holds \(extra.map { "\($0.kind)/\($0.key)" } ?? "?") too much"
    }
    return nil
  }

  private func upstreamDifference(_ region: Int) -> String? {
    guard let stream = SiloNumber(region) else { return nil }
    let database = silos[region].database
    let replica = silos[0].database.replicas[stream] ?? [:]
    let grants = silos[0].database
    for grant in grants.references(SimKind.grant) {
      guard let row = grants.rows[grant], row.state == .active, row.region == region else { continue }
      let member = SimKind.member(SimKind.number(grant.key))
      if database.rows[member] == nil { return "region \(region) lacks member \(member.key) of a live grant" }
    }
    let mine = database.references(SimKind.member) + database.references(SimKind.organization)
    for row in mine where replica[row]?.token != database.rows[row]?.token {
      return "control holds an old or no \(row.kind)/\(row.key) of region \(region)"
    }
    if replica.count != mine.count { return "control holds rows of region \(region) too many" }
    return nil
  }

  /// Every committed change has its place in the log.
  func checkNothingLost(_ silo: SimSilo) {
    let database = silo.database
    var places: [UInt64: Set<RowReference>] = [:]
    for entry in database.entries { places[entry.transaction, default: []].insert(entry.row) }
    for commit in database.commits {
      for pointer in commit.pointers where places[pointer.transaction]?.contains(pointer.row) != true {
        return violate("silo \(silo.number) lost \(pointer.row.key) of transaction \(pointer.transaction)")
      }
    }
  }

  /// What control could not apply and has not reported yet to where it came from. An adversary's region is told as well.
  private func missingReport() -> String? {
    for region in 1...regions {
      guard let stream = SiloNumber(region), silos[region].restores == 0, silos[0].restores == 0 else { continue }
      let held = (silos[0].database.quarantine[stream] ?? [:]).keys.sorted()
      for row in held where !silos[region].database.nacks.contains(where: { $0.row == row }) {
        return "region \(region) was never told that \(row.key) is quarantined"
      }
    }
    return nil
  }
}
