/// Chooses how far a batch goes.
enum IntervalAssembly {
  /// The entries of the interval and its end: as many whole source transactions as fit `limit`, at least one. Only a transaction of more entries
  /// than stay together in the log is split.
  static func choose(
    _ view: EntriesView, limit: Int, wholeTransaction: Int, planted: PlantedBug?
  ) -> (entries: ArraySlice<LogEntry>, to: Position) {
    let entries = view.entries
    let together = planted == .transactionSplitBetweenBatches ? 0 : wholeTransaction
    var end = 0
    while end < entries.count {
      let transaction = entries[end].transaction
      let next = entries[end...].firstIndex { $0.transaction != transaction } ?? entries.count
      guard next > limit else {
        end = next
        continue
      }
      if next - end > together {
        end = limit
      } else if end == 0 {
        end = next
      }
      break
    }
    guard end < entries.count else { return (entries[...], view.through) }
    return (entries[..<end], Position(unchecked: entries[end].position.value - 1))
  }
}
