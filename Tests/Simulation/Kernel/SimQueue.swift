/// What happens when: a binary heap by (time, order of scheduling). The heap holds plain numbers, the actions wait in slots.
struct SimQueue {
  private struct Key {
    let time: Int64
    let order: Int
    let slot: Int

    func isBefore(_ other: Key) -> Bool { time != other.time ? time < other.time : order < other.order }
  }

  private var heap: [Key] = []
  private var slots: [(() -> Void)?] = []
  private var free: [Int] = []
  private var count = 0

  mutating func push(at time: Int64, _ run: @escaping () -> Void) {
    count += 1
    let slot: Int
    if let last = free.popLast() {
      slot = last
      slots[slot] = run
    } else {
      slot = slots.count
      slots.append(run)
    }
    let key = Key(time: time, order: count, slot: slot)
    heap.append(key)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard key.isBefore(heap[parent]) else { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = key
  }

  mutating func pop() -> (time: Int64, run: () -> Void)? {
    guard let first = heap.first, let key = heap.popLast() else { return nil }
    let end = heap.count
    var parent = 0
    while end > 0 {
      var child = 2 * parent + 1
      guard child < end else { break }
      if child + 1 < end, heap[child + 1].isBefore(heap[child]) { child += 1 }
      guard heap[child].isBefore(key) else { break }
      heap[parent] = heap[child]
      parent = child
    }
    if end > 0 { heap[parent] = key }
    guard let run = slots[first.slot] else { return nil }
    slots[first.slot] = nil
    free.append(first.slot)
    return (first.time, run)
  }
}
