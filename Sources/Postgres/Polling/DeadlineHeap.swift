/// Tokens by deadline, the earliest first: a binary heap, in which a thousand timers cost ten comparisons each.
///
/// Whoever ends a wait early leaves its entry here; ``dropStale(keeping:)`` takes out what is not wanted any more when it is the most of it.
struct DeadlineHeap {
  private struct Entry {
    let deadline: ContinuousClock.Instant
    let token: UInt64
  }

  private var entries: [Entry] = []

  var count: Int { entries.count }

  /// The earliest deadline, which may be that of a token that nobody waits for any more.
  var earliest: ContinuousClock.Instant? { entries.first?.deadline }

  mutating func insert(_ token: UInt64, at deadline: ContinuousClock.Instant) {
    entries.append(Entry(deadline: deadline, token: token))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].deadline < entries[parent].deadline else { return }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes out the earliest token if its deadline is not after `now`.
  mutating func popDue(_ now: ContinuousClock.Instant) -> UInt64? {
    guard let first = entries.first, first.deadline <= now else { return nil }
    removeFirst()
    return first.token
  }

  /// Takes the earliest tokens out for as long as nobody waits for them; all such when they are more than half of everything.
  ///
  /// - Parameter wanted: the tokens that somebody waits for.
  mutating func dropStale<Value>(keeping wanted: [UInt64: Value]) {
    if entries.count > 64, entries.count / 2 > wanted.count {
      entries.removeAll { wanted[$0.token] == nil }
      // Sorted is a heap.
      entries.sort { $0.deadline < $1.deadline }
    }
    while let first = entries.first, wanted[first.token] == nil { removeFirst() }
  }

  private mutating func removeFirst() {
    guard let last = entries.popLast(), !entries.isEmpty else { return }
    entries[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < entries.count && entries[child].deadline < entries[least].deadline {
        least = child
      }
      guard least != parent else { return }
      entries.swapAt(parent, least)
      parent = least
    }
  }
}
