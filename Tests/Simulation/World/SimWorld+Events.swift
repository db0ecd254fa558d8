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

  /// No event took effect twice.
  func checkEvents(_ silo: SimSilo, _ rows: [RowImage], from stream: SiloNumber) {
    for image in rows where image.row.kind == SimKind.event && image.fields != nil {
      let tokens = silo.database.arrivals[stream]?[image.row.key] ?? []
      everArrived[silo.number, default: []].formUnion(tokens)
      sometimes("event arrived")
      if tokens.count > 1 { return violate("event \(image.row.key) of \(stream) took effect twice in \(silo.number)") }
    }
    if silo.database.arrivedAgain > 0 { sometimes("event came again and was known") }
  }

  /// Its source forgets an event only once it has arrived. An adversary says what it likes of itself.
  func checkForgotten(_ events: [(row: RowReference, value: SimRow)], of receiver: SiloNumber) {
    for event in events {
      sometimes("event forgotten by its source")
      guard Int(receiver.value) != adversary else { continue }
      guard everArrived[Int(receiver.value), default: []].contains(event.value.token) else {
        return violate("event \(event.row.key) for \(receiver) is forgotten and never arrived")
      }
    }
  }

  /// After the faults every event that its source still keeps has arrived; the reason if not.
  func eventDifference() -> String? {
    for silo in silos where silo.number != adversary {
      for row in silo.database.references(SimKind.event) {
        guard let event = silo.database.rows[row], event.region != adversary else { continue }
        let arrived = silos[event.region].database.arrivals[silo.database.silo]?[row.key] ?? []
        if arrived != [event.token] { return "event \(row.key) of \(silo.number) has not arrived in \(event.region)" }
      }
    }
    return nil
  }
}
