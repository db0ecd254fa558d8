import Dispatch
import Synchronization
import Testing

@testable import ControlPlane

@Suite("Workers for what blocks")
struct BlockingWorkersTests {
  /// Says how far jobs are, and lets them go on.
  private final class Gate: Sendable {
    private let closed = DispatchSemaphore(value: 0)
    private let begun = Mutex<[Int]>([])

    var order: [Int] { begun.withLock { $0 } }

    func pass(_ job: Int) {
      begun.withLock { $0.append(job) }
      closed.wait()
    }

    func open(_ count: Int) { for _ in 0..<count { closed.signal() } }
  }

  /// Returns when so many run or wait.
  private func reach(_ count: Int, _ workers: BlockingWorkers) async throws {
    while workers.count != count { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test(
    "so many run at once, so many wait, the next is refused at once; the first to come is the first to run",
    .timeLimit(.minutes(1)))
  func bounded() async throws {
    let workers = BlockingWorkers(label: "test", workers: 2, places: 3)
    let gate = Gate()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for job in 0..<5 {
        group.addTask { try await workers.run { gate.pass(job) } }
        try await reach(job + 1, workers)
      }
      await #expect(throws: BlockingWorkers.Busy.self) { try await workers.run {} }
      while gate.order.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
      #expect(Set(gate.order) == [0, 1])
      // A worker that is free takes the next, though the other is busy.
      gate.open(1)
      while gate.order.count < 3 { try await Task.sleep(for: .milliseconds(1)) }
      #expect(gate.order.last == 2)
      #expect(workers.count == 4)
      gate.open(4)
      try await group.waitForAll()
    }
    try await reach(0, workers)
    #expect(try await workers.run { 7 } == 7)
  }
}
