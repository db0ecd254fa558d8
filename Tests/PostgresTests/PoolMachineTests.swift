import Testing

@testable import Postgres

@Suite struct PoolMachineTests {
  private let start = ContinuousClock.now
  private let limits = PoolLimits(
    maximumConnections: 2, maximumWaiters: 2, maximumLifetime: .seconds(100), idleTimeout: .seconds(10))

  private func after(_ seconds: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

  @Test("connections open up to the limit, then callers wait in order, then they are refused")
  func admission() {
    var machine = PoolMachine(limits: limits)
    #expect(machine.admit(now: start).0 == .open(1))
    #expect(machine.admit(now: start).0 == .open(2))
    #expect(machine.admit(now: start).0 == .wait(3))
    #expect(machine.admit(now: start).0 == .wait(4))
    #expect(machine.admit(now: start).0 == .refuse(.tooManyWaiters))
    #expect(machine.release(1, reusable: true, now: start) == (.lend(3, 1), false))
    #expect(machine.release(1, reusable: true, now: start) == (.lend(4, 1), false))
    #expect(machine.release(1, reusable: true, now: start) == (nil, false))
    #expect(machine.admit(now: start).0 == .lend(1))
  }

  @Test("a connection that comes back unusable gives its place to the next waiter")
  func replacement() {
    var machine = PoolMachine(limits: limits)
    _ = machine.admit(now: start)
    _ = machine.admit(now: start)
    _ = machine.admit(now: start)
    #expect(machine.release(1, reusable: false, now: start) == (.open(3, 4), true))
    #expect(machine.failedToOpen(4, now: start) == nil)
    #expect(machine.openCount == 1 && machine.waiterCount == 0)
  }

  @Test("a waiter that gave up gets nothing, one that was served cannot give up")
  func abandonment() {
    var machine = PoolMachine(limits: limits)
    for _ in 0..<4 { _ = machine.admit(now: start) }
    let first = machine.abandon(3)
    #expect(machine.release(1, reusable: true, now: start) == (.lend(4, 1), false))
    let (served, twice) = (machine.abandon(4), machine.abandon(3))
    #expect(first && !served && !twice)
  }

  @Test("an old connection is replaced, an unused one is closed, a used one is not")
  func ageing() {
    var machine = PoolMachine(limits: limits)
    _ = machine.admit(now: start)
    _ = machine.admit(now: start)
    #expect(machine.release(1, reusable: true, now: after(1)) == (nil, false))
    #expect(machine.expire(now: after(5)) == [])
    #expect(machine.expire(now: after(11)) == [1])
    #expect(machine.release(2, reusable: true, now: after(101)) == (nil, true))
    #expect(machine.openCount == 0)
    _ = machine.admit(now: after(200))
    #expect(machine.release(3, reusable: true, now: after(299)) == (nil, false))
    let (admission, expired) = machine.admit(now: after(301))
    #expect(admission == .open(4) && expired == [3])
  }

  @Test("a closed pool refuses everybody and keeps nothing that comes back")
  func closing() {
    var machine = PoolMachine(limits: limits)
    for _ in 0..<3 { _ = machine.admit(now: start) }
    #expect(machine.release(1, reusable: false, now: start) == (.open(3, 4), true))
    _ = machine.admit(now: start)
    let closed = machine.close()
    #expect(closed.connections == [] && closed.waiters == [5])
    #expect(machine.admit(now: start).0 == .refuse(.closed))
    #expect(machine.release(2, reusable: true, now: start) == (nil, true))
  }
}
