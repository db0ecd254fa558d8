import SyncProtocol

/// What `outbox.event`, `outbox.inbox` and `outbox.inbox_seen` do.
extension SimPostgres {
  /// An event takes effect unless its id is remembered. One that is gone at its source is no news: it had arrived.
  mutating func takeEvent(_ image: RowImage, from stream: SiloNumber, planted: PlantedBug?) {
    guard let event = SimReplica(image) else { return }
    let before = arrivals[stream]?[image.row.key] ?? []
    if !before.isEmpty { arrivedAgain += 1 }
    guard before.isEmpty || planted == .eventForgottenWhenItArrived else { return }
    arrivals[stream, default: [:]][image.row.key] = before + [event.token]
  }

  /// Deletes the events that a receiver has taken: not while it is started over by pointers, when they are still to come. Returns them.
  mutating func forgetEvents(
    of receiver: SiloNumber, appliedBy snapshot: TransactionSnapshot, planted: PlantedBug?
  ) -> [(row: RowReference, value: SimRow)] {
    let isStartingOver = resyncs[receiver].map { !snapshot.sees($0) } ?? false
    guard !isStartingOver || planted == .eventFinalizedWhileStartingOver else { return [] }
    let taken = references(SimKind.event).compactMap { row in rows[row].map { (row: row, value: $0) } }
      .filter { $0.value.region == Int(receiver.value) && snapshot.sees($0.value.endedBy) && locks[$0.row] == nil }
    for event in taken { rows[event.row] = nil }
    return taken
  }
}
