/// What happens when: a binary heap by (time, order of scheduling).
struct SimQueue {
  struct Event {
    let time: Int64
    let order: Int
    let run: () -> Void
  }

  private var heap: [Event] = []
  private var count = 0
  var isEmpty: Bool { heap.isEmpty }

  mutating func push(at time: Int64, _ run: @escaping () -> Void) {
    count += 1
    heap.append(Event(time: time, order: count, run: run))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard isBefore(child, parent) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> Event? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) { least = child }
      guard least != parent else { return first }
      heap.swapAt(parent, least)
      parent = least
    }
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    (heap[left].time, heap[left].order) < (heap[right].time, heap[right].order)
  }
}
