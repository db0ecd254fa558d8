import SyncProtocol

/// What `outbox.event`, `outbox.event_forgotten`, `outbox.inbox` and `outbox.inbox_seen` do.
extension SimPostgres {
  /// An event takes effect unless its id is remembered. One that is gone at its source is no news: it had arrived.
  mutating func takeEvent(_ image: RowImage, from stream: SiloNumber, planted: PlantedBug?) {
    guard let event = SimReplica(image) else { return }
    let isStartingOver = lanes[stream]?[.main]?.resync != nil
    if !isStartingOver { knownMarks[stream] = knownMarks[stream]?.mapValues { _ in false } }
    noteLost(event.number, from: stream, planted: planted)
    guard event.user != SimKind.markUser else {
      let number = SimKind.number(image.row.key)
      // Who is started over may get it before what it stands for.
      let isFirm = knownMarks[stream]?[number] == false
      knownMarks[stream, default: [:]][number] = isStartingOver && !isFirm
      return
    }
    let before = arrivals[stream]?[image.row.key] ?? []
    if !before.isEmpty { arrivedAgain += 1 }
    guard before.isEmpty || planted == .eventForgottenWhenItArrived else { return }
    arrivals[stream, default: [:]][image.row.key] = before + [event.token]
  }

  /// The source names a mark that had arrived, and it did not: what it stands for may be lost.
  private mutating func noteLost(_ mark: Int, from stream: SiloNumber, planted: PlantedBug?) {
    guard mark > 0, planted != .lostEventsUntold, knownMarks[stream]?[mark] != false else { return }
    knownMarks[stream, default: [:]][mark] = false
    told[stream, default: 0] += 1
  }

  /// A new mark's number and token, should one be made.
  struct NewMark {
    let number: Int
    let token: Int
    let time: Int64
  }

  /// Deletes the events that a receiver has taken, once a mark has arrived that was made after they had: not while it is started over by pointers, when
  /// they are still to come. Returns them.
  mutating func forgetEvents(
    of receiver: SiloNumber, appliedBy snapshot: TransactionSnapshot, mark: NewMark, planted: PlantedBug?
  ) -> [(row: RowReference, value: SimRow)] {
    let isStartingOver = resyncs[receiver].map { !snapshot.sees($0) } ?? false
    guard !isStartingOver else { return [] }
    let applied = references(SimKind.event).filter { row in
      guard let event = rows[row] else { return false }
      return event.region == Int(receiver.value) && snapshot.sees(event.endedBy) && locks[row] == nil
    }
    let events = applied.filter { rows[$0]?.isMark == false }
    var gone: [(row: RowReference, value: SimRow)] = []
    if let old = marks[receiver], applied.contains(SimKind.event(old)) {
      gone = forget(marked[receiver] ?? [])
      for row in applied where rows[row]?.isMark == true && row != SimKind.event(old) { rows[row] = nil }
      named[receiver] = old
      (marks[receiver], marked[receiver]) = (nil, nil)
    }
    let rest = events.filter { rows[$0] != nil }
    guard marks[receiver] == nil, !rest.isEmpty else { return gone }
    make(mark, for: receiver, of: rest)
    if planted == .eventForgottenBeforeItsMark { gone += forget(rest) }
    return gone
  }

  private mutating func forget(_ events: [RowReference]) -> [(row: RowReference, value: SimRow)] {
    let gone = events.compactMap { row in rows[row].map { (row: row, value: $0) } }
    for event in gone { rows[event.row] = nil }
    return gone
  }

  private mutating func make(_ mark: NewMark, for receiver: SiloNumber, of events: [RowReference]) {
    let row = SimKind.event(mark.number)
    let id = assignTransaction()
    let value = SimRow(token: mark.token, user: SimKind.markUser, region: Int(receiver.value), endedBy: id)
    let pointers = [append(row, xid: id)]
    commit(xid: id, writes: [(row, value)], pointers: pointers, time: mark.time)
    (marks[receiver], marked[receiver]) = (mark.number, events)
  }
}
