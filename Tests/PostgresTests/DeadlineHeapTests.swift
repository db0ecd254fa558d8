import Testing

@testable import Postgres

@Suite("Deadlines in order")
struct DeadlineHeapTests {
  private static let start = ContinuousClock.now

  private static func moment(_ milliseconds: Int) -> ContinuousClock.Instant {
    start.advanced(by: .milliseconds(milliseconds))
  }

  @Test("tokens come out by their deadlines, those of one moment all, and none before it is due")
  func order() {
    var heap = DeadlineHeap()
    // A fixed permutation of 0..<997, each moment twice.
    let moments = (0..<1994).map { $0 * 431 % 997 }
    for (token, moment) in moments.enumerated() { heap.insert(UInt64(token), at: Self.moment(moment)) }
    #expect(heap.earliest == Self.moment(0))
    #expect(heap.popDue(Self.moment(-1)) == nil)
    var last = -1
    for now in 0..<997 {
      var taken: [UInt64] = []
      while let token = heap.popDue(Self.moment(now)) { taken.append(token) }
      #expect(taken.count == 2)
      #expect(taken.allSatisfy { moments[Int($0)] == now })
      last = now
    }
    #expect(last == 996 && heap.count == 0 && heap.earliest == nil)
  }

  @Test("what nobody waits for any more does not say when to wake, and does not pile up")
  func stale() {
    var heap = DeadlineHeap()
    var wanted: [UInt64: Bool] = [:]
    for token in 0..<1000 {
      heap.insert(UInt64(token), at: Self.moment(token))
      if token % 10 == 7 { wanted[UInt64(token)] = true }
    }
    heap.dropStale(keeping: wanted)
    #expect(heap.count == 100)
    #expect(heap.earliest == Self.moment(7))
    var taken: [UInt64] = []
    while let token = heap.popDue(Self.moment(1000)) { taken.append(token) }
    let expected: [UInt64] = (0..<100).map { $0 * 10 + 7 }
    #expect(taken == expected)
    heap.insert(1, at: Self.moment(1))
    heap.insert(2, at: Self.moment(2))
    heap.dropStale(keeping: [2: true])
    #expect(heap.earliest == Self.moment(2))
  }
}
