import SyncProtocol

/// Operations 17 to 20 and 22 of the storage port.
extension SimPostgres {
  /// What the sink decides beyond the version rule.
  enum Verdict {
    case accept
    case quarantine(String)
    /// The rows that it needs are locked by an application.
    case busy
  }

  enum ApplyOutcome {
    case applied([Nack])
    case cursorMoved
    case busy
  }

  mutating func apply(_ plan: ApplyPlan, time: Int64, planted: PlantedBug?) -> ApplyOutcome {
    guard lanes[plan.stream]?[plan.lane]?.cursor == plan.expected.cursor || planted == .cursorWithoutCompareAndSet
    else { return .cursorMoved }
    if plan.next.cursor.epoch != plan.expected.cursor.epoch,
      lanes[plan.stream]?[plan.lane]?.seen != plan.expected.seen, planted != .cursorWithoutCompareAndSet
    {
      return .cursorMoved
    }
    for image in plan.rows {
      if case .busy = verdict(image, from: plan.stream, planted: planted) { return .busy }
    }
    var next = plan.next
    if let now = lanes[plan.stream]?[plan.lane], now.cursor.epoch == next.cursor.epoch {
      next.seen = max(next.seen, now.seen)
      // Rows that came beside the stream meanwhile count.
      next.isConsistencyKnown = next.isConsistencyKnown && now.consistentAt <= next.consistentAt
      next.consistentAt = max(next.consistentAt, now.consistentAt)
    }
    if plan.next.resync == plan.expected.resync { next.resync = lanes[plan.stream]?[plan.lane]?.resync }
    lanes[plan.stream]?[plan.lane] = next
    return .applied(applyRows(plan, time: time, planted: planted))
  }

  /// The rows of a plan, and the sweep.
  mutating func applyRows(_ plan: ApplyPlan, time: Int64, planted: PlantedBug?) -> [Nack] {
    var nacks: [Nack] = []
    for image in plan.rows {
      if let nack = merge(image, from: plan.stream, time: time, planted: planted) { nacks.append(nack) }
    }
    if let sweep = plan.sweep {
      for row in (replicas[plan.stream] ?? [:]).keys.sorted() where SimKind.lane(row.kind) == plan.lane {
        guard let replica = replicas[plan.stream]?[row], sweep.isOlder(replica.version) else { continue }
        // It came again and was refused.
        if let parked = quarantine[plan.stream]?[row], !sweep.isOlder(parked.version) { continue }
        replicas[plan.stream]?[row] = nil
        tombstones[plan.stream, default: [:]][row] = RowVersion(
          generation: replica.version.generation, epoch: sweep.epoch, head: sweep.bound)
      }
    }
    return nacks
  }

  mutating func merge(_ image: RowImage, from stream: SiloNumber, time: Int64, planted: PlantedBug?) -> Nack? {
    if case .quarantine(let code) = verdict(image, from: stream, planted: planted) {
      let nack = Nack(row: image.row, code: code, version: image.version)
      if !isHeldNewer(image, from: stream) { quarantine[stream, default: [:]][image.row] = nack }
      return nack
    }
    if image.row.kind == SimKind.event {
      takeEvent(image, from: stream, planted: planted)
      return nil
    }
    let existing = replicas[stream]?[image.row]
    let decision = VersionGuard.decide(
      row: existing?.version, tombstone: tombstones[stream]?[image.row], image: image, planted: planted)
    switch decision {
    case .keep: return nil
    case .remove:
      replicas[stream]?[image.row] = nil
      tombstones[stream, default: [:]][image.row] = image.version
      if isControl, image.row.kind == SimKind.member { endGrant(of: image.row, region: stream, time: time) }
    case .write:
      guard var replica = SimReplica(image) else { return nil }
      if image.row.kind == SimKind.status, let existing, planted != .userEpochMergedByNewer {
        replica.number = max(replica.number, existing.number)
      }
      replicas[stream, default: [:]][image.row] = replica
      tombstones[stream]?[image.row] = nil
      if isControl, planted == .membershipWithoutGrant { admit(image.row, replica, region: stream, time: time) }
    }
    if !isHeldNewer(image, from: stream) { quarantine[stream]?[image.row] = nil }
    return nil
  }

  /// Whether a newer state of the row than this one is in quarantine: a late chunk neither replaces nor releases it.
  private func isHeldNewer(_ image: RowImage, from stream: SiloNumber) -> Bool {
    quarantine[stream]?[image.row].map { image.version < $0.version } ?? false
  }

  /// Control checks every upstream row: the region's claim is never trusted.
  func verdict(_ image: RowImage, from stream: SiloNumber, planted: PlantedBug?) -> Verdict {
    guard isControl else {
      // A value that the region's table refuses.
      let isPoison = image.row.kind == SimKind.flag && SimReplica(image)?.number == SimRollout.poison
      return isPoison ? .quarantine("BAD_ROW") : .accept
    }
    let region = Int(stream.value)
    switch image.row.kind {
    case SimKind.event: return .accept
    case SimKind.organization:
      return SimKind.number(image.row.key) == region ? .accept : .quarantine("NOT_HOME")
    case SimKind.member:
      let grant = rows[SimKind.grant(SimKind.number(image.row.key))]
      if let grant, locks[SimKind.interest(grant.region, grant.user)] != nil { return .busy }
      if planted == .membershipWithoutGrant { return .accept }
      guard let replica = SimReplica(image) else {
        return grant.map { $0.region == region } ?? true ? .accept : .quarantine("NO_GRANT")
      }
      let isGranted = grant.map { $0.state == .active && $0.region == region && $0.user == replica.user } ?? false
      return isGranted ? .accept : .quarantine("NO_GRANT")
    default: return .quarantine("BAD_ROW")
    }
  }

  /// A membership that its region ended ends the grant, and with the user's last grant there the interest leaves.
  private mutating func endGrant(of member: RowReference, region: SiloNumber, time: Int64) {
    let row = SimKind.grant(SimKind.number(member.key))
    guard var grant = rows[row], grant.state == .active, grant.region == Int(region.value) else { return }
    let id = assignTransaction()
    var writes: [(row: RowReference, value: SimRow?)] = []
    grant.state = .ended
    grant.endedBy = id
    writes.append((row, grant))
    let isLast = !references(SimKind.grant).contains {
      $0 != row && rows[$0]?.user == grant.user && rows[$0]?.region == grant.region && rows[$0]?.state == .active
    }
    let interest = SimKind.interest(grant.region, grant.user)
    if isLast, var leaving = rows[interest], leaving.state == .active {
      leaving.state = .leaving
      leaving.endedBy = id
      writes.append((interest, leaving))
    }
    let pointers = writes.map { append($0.row, xid: id) }
    commit(xid: id, writes: writes, pointers: pointers, time: time)
  }

  /// The planted bug: a region's word widens its own interest.
  private mutating func admit(_ member: RowReference, _ replica: SimReplica, region: SiloNumber, time: Int64) {
    let interest = SimKind.interest(Int(region.value), replica.user)
    guard rows[interest]?.state != .active else { return }
    let id = assignTransaction()
    let row = SimRow(token: token(), user: replica.user, region: Int(region.value))
    let pointers = [append(interest, xid: id)]
    commit(xid: id, writes: [(interest, row)], pointers: pointers, time: time)
  }

  mutating func resetLanes(
    stream: SiloNumber, expected: [Lane: LaneState], next: [Lane: LaneState]
  ) -> Bool {
    let now = lanes[stream] ?? [:]
    // Compare-and-set of the cursors: what a snapshot changes beside them is overwritten.
    guard now.mapValues(\.cursor) == expected.mapValues(\.cursor) else { return false }
    lanes[stream] = next
    startedOver.insert(stream)
    snapshots[stream] = nil
    bulk.removeAll { $0.request.stream == stream }
    return true
  }

  /// Forgets tombstones; and bulk requests when `impatient`: their deadline passed.
  mutating func collectTombstones(stream: SiloNumber, impatient: Bool, planted: PlantedBug?) -> Int {
    if impatient { bulk.removeAll { $0.request.stream == stream } }
    var forgotten = 0
    for row in (tombstones[stream] ?? [:]).keys.sorted() {
      let lane = SimKind.lane(row.kind)
      guard let tombstone = tombstones[stream]?[row], let cursor = lanes[stream]?[lane]?.cursor else { continue }
      let floors = floors(stream, lane, planted) + [cursor]
      guard floors.allSatisfy({ VersionGuard.mayForget(tombstone, floor: $0) }) else { continue }
      tombstones[stream]?[row] = nil
      forgotten += 1
    }
    return forgotten
  }

  private func floors(_ stream: SiloNumber, _ lane: Lane, _ planted: PlantedBug?) -> [Cursor] {
    bulk.filter { known in
      if planted == .chunkRequestForgotten, case .chunk = known.request.wanted { return false }
      return known.request.stream == stream && known.request.lane == lane
    }.map(\.madeAt)
  }
}
