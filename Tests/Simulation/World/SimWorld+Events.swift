import SyncProtocol

/// Events: whatever dies and whatever is restored, each takes effect at its receiver once, and is kept at its source until then.
extension SimWorld {
  /// Control tells a region something, or a region control.
  func emitEvent() {
    let region = 1 + random.below(regions)
    if random.chance(600) { begin(0, .emit(to: region)) } else { begin(region, .emit(to: 0)) }
  }

  /// The one step of an emission. Its id is of chance; or the planted bug: of a sequence that a restore turns back.
  func emission(_ silo: SimSilo, to receiver: Int, _ xid: UInt64) -> SimTransaction.Step {
    tokens += 1
    silo.database.nextEvent += 1
    let number = options.planted == .eventIdentifiedByASequence ? silo.database.nextEvent : tokens
    return SimTransaction.Step(
      row: SimKind.event(number),
      change: { $0 ?? SimRow(token: self.token(silo.number), region: receiver, endedBy: xid) }, isWrite: true)
  }

  /// A source looks whether it may forget events of a receiver.
  func forgetEvents(_ silo: SimSilo, _ receiver: SiloNumber, _ snapshot: TransactionSnapshot) {
    tokens += 1
    let mark = SimPostgres.NewMark(number: tokens, token: token(silo.number), time: now)
    let gone = silo.database.forgetEvents(
      of: receiver, appliedBy: snapshot, mark: mark, planted: options.planted)
    for event in gone {
      sometimes("event forgotten by its source")
      // It forgets one only once it has arrived. An adversary says what it likes of itself.
      guard Int(receiver.value) != adversary else { continue }
      guard everArrived[Int(receiver.value), default: []].contains(event.value.token) else {
        return violate("event \(event.row.key) for \(receiver) is forgotten and never arrived")
      }
    }
  }

  /// No event took effect twice, and nobody is told of a loss who never lost his place.
  func checkEvents(_ silo: SimSilo, _ rows: [RowImage], from stream: SiloNumber) {
    for image in rows where image.row.kind == SimKind.event && image.fields != nil {
      guard SimReplica(image)?.user != SimKind.markUser else { continue }
      let tokens = silo.database.arrivals[stream]?[image.row.key] ?? []
      everArrived[silo.number, default: []].formUnion(tokens)
      sometimes("event arrived")
      if tokens.count > 1 { return violate("event \(image.row.key) of \(stream) took effect twice in \(silo.number)") }
    }
    if silo.database.arrivedAgain > 0 { sometimes("event came again and was known") }
    guard silo.database.told[stream] != nil else { return }
    sometimes("receiver told that it lost events")
    if silo.restores == 0, !silo.database.startedOver.contains(stream), Int(stream.value) != adversary {
      violate("silo \(silo.number) was told that it lost events of \(stream), and was never restored")
    }
  }

  /// What a silo is to be told of after a restore: events that had arrived, and that the backup knows nothing of.
  func noteLostEvents(_ silo: SimSilo, _ backup: SimPostgres) {
    let kept = Set(backup.arrivals.values.flatMap { $0.values.joined() })
    for token in everArrived[silo.number, default: []] {
      let told = SiloNumber(token % 8).flatMap { backup.told[$0] } ?? 0
      // Told before, and the backup knows.
      if let before = lostEvents[silo.number]?[token], told > before { continue }
      lostEvents[silo.number, default: [:]][token] = kept.contains(token) ? nil : told
    }
  }

  /// Whoever lost events by a restore has got them again or was told. What its source has lost itself nobody can name.
  func checkTold(_ silo: SimSilo) {
    let database = silo.database
    let there = Set(database.arrivals.values.flatMap { $0.values.joined() })
    for token in everArrived[silo.number, default: []].sorted() where !there.contains(token) {
      guard let stream = SiloNumber(token % 8), token % 8 != adversary,
        silos[token % 8].database.emitted.contains(token)
      else { continue }
      sometimes("event lost by a restore")
      guard let before = lostEvents[silo.number]?[token], database.told[stream] ?? 0 > before else {
        return violate("silo \(silo.number) lost an event of \(stream) and was never told")
      }
    }
  }

  /// After the faults every event that its source still keeps has arrived; the reason if not.
  func eventDifference() -> String? {
    for silo in silos where silo.number != adversary {
      for row in silo.database.references(SimKind.event) {
        guard let event = silo.database.rows[row], event.region != adversary, !event.isMark else { continue }
        let arrived = silos[event.region].database.arrivals[silo.database.silo]?[row.key] ?? []
        if arrived != [event.token] { return "event \(row.key) of \(silo.number) has not arrived in \(event.region)" }
      }
    }
    return nil
  }
}
