import SyncProtocol

/// What the two sides answer, from their modelled storage.
extension DivergenceWorld {
  func ownerAnswer(_ body: CompareQuestion.Body) -> CompareAnswer.Body {
    switch body {
    case .range(let after, let through, let limit, let lists):
      let held = owner.interest.sorted().compactMap { key in owner.rows[key].map { (key, $0) } }
      return .range(range(held, after, through, limit, lists, at: owner.head))
    case .rows(let keys, let window):
      var isPassed = true
      var touched: Set<RowKey> = []
      if let window {
        let between = min(window.cursor, window.since).value..<window.since.value
        isPassed = !owner.entries[Int(between.lowerBound)..<Int(between.upperBound)].contains(where: \.concerns)
        if window.cursor < window.since, isPassed { sometimes("cursor passed over what does not concern it") }
        touched = Set(owner.entries[Int(window.since.value)...].filter { !$0.isRepair }.map(\.key))
      }
      let waiting = Set(owner.pending.filter { !$0.isRepair }.map(\.key))
      return .owner(
        OwnerReading(
          epoch: epoch, head: owner.head, isPassed: isPassed,
          rows: keys.map { key in
            OwnerReading.Row(
              key: key,
              columns: truth(key).map { RowDigest.columns(subject, key: key, fields: Self.fields($0)) },
              generation: 0, isQuiet: !waiting.contains(key) && !touched.contains(key),
              isElsewhere: owner.rows[key] != nil)
          }))
    case .mend(let items, let repairs):
      for item in items {
        if item.difference.isDivergence { incidents.insert(item.key) } else { incidents.remove(item.key) }
        guard repairs, item.difference.isDivergence else { continue }
        // A pointer of the row itself concerns whoever is entitled to it.
        let isDirected = planted != .repairPointerWithoutReceiver
        owner.pending.append(
          Entry(key: item.key, isRepair: true, concerns: isDirected || owner.interest.contains(item.key)))
      }
      return .mended
    }
  }

  func holderAnswer(_ body: CompareQuestion.Body) -> CompareAnswer.Body {
    switch body {
    case .range(let after, let through, let limit, let lists):
      let held = holder.rows.keys.sorted().compactMap { key in holder.rows[key].map { (key, $0.value) } }
      return .range(range(held, after, through, limit, lists, at: holder.cursor))
    case .rows(let keys, _):
      return .holder(
        HolderReading(
          epoch: epoch, cursor: holder.cursor, isSettled: true,
          rows: keys.map { key in
            HolderReading.Row(
              key: key,
              columns: holder.rows[key].map { RowDigest.columns(subject, key: key, fields: Self.fields($0.value)) },
              version: holder.rows[key]?.version ?? holder.tombstones[key], quarantine: nil)
          }))
    case .mend(let items, let repairs):
      guard repairs, planted != .staleVersionNotReleased else { return .mended }
      for item in items where item.difference == .staleVersion {
        holder.rows[item.key]?.version = RowVersion(generation: 0, epoch: 0, head: .zero)
        holder.tombstones[item.key] = nil
      }
      return .mended
    }
  }

  private func range(
    _ rows: [(RowKey, Int)], _ after: RowKey?, _ through: RowKey?, _ limit: Int, _ lists: Bool, at position: Position
  ) -> RangeReading {
    let bounds = KeyRange(after: after, through: through)
    var inside = rows.filter { bounds.contains($0.0, order: .bytes) }
    var end = through
    if inside.count > limit {
      inside = Array(inside.prefix(limit))
      end = inside.last?.0
      sometimes("range cut at its limit")
    }
    let digests = inside.map { RowDigest.row(subject, key: $0.0, fields: Self.fields($0.1)) }
    let listed = zip(inside, digests).map { RangeReading.Listed(key: $0.0.0, digest: Array($0.1.prefix(16))) }
    return RangeReading(
      through: end, position: position, count: inside.count, digest: RowDigest.range(subject, rows: digests),
      rows: lists ? listed : [])
  }
}
