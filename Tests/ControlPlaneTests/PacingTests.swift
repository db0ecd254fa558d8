import ControlPlane
import Silo
import SyncProtocol
import Testing

@Suite("Pacing") struct PacingTests {
  static func region(_ number: Int) throws -> RegionNumber { try #require(RegionNumber(number)) }

  @Test("a thousand regions that arrive at once come back at the rate, each at the time it was told")
  func arrivals() throws {
    var schedule = ArrivalSchedule(limits: SyncLimits())
    var random = SystemRandomNumberGenerator()
    var due: [(at: Int64, region: RegionNumber)] = try (1...1000).map { (1000, try Self.region($0)) }
    var welcome: [Int64] = []
    var asked = 0
    while !due.isEmpty {
      due.sort { $0.at < $1.at }
      let (now, region) = due.removeFirst()
      asked += 1
      if let wait = schedule.arrive(region, now: now, jitter: Double.random(in: 0..<1, using: &random)) {
        #expect(wait > 0)
        due.append((now + wait, region))
      } else {
        welcome.append(now)
      }
    }
    #expect(welcome.count == 1000)
    // Everybody asked once in vain at most.
    #expect(asked <= 2000)
    #expect(try #require(welcome.max()) - 1000 <= 21_000)
    let bins = Dictionary(grouping: welcome) { $0 / 1000 }.mapValues(\.count)
    #expect(bins.values.allSatisfy { $0 <= 100 }, "no second sees more than twice the rate: \(bins)")
  }

  @Test("a region that is present is welcome however many arrive")
  func present() throws {
    var schedule = ArrivalSchedule(limits: SyncLimits())
    let first = try Self.region(1)
    #expect(schedule.arrive(first, now: 0, jitter: 0) == nil)
    for number in 2...500 { _ = schedule.arrive(try Self.region(number), now: 1, jitter: 0.5) }
    #expect(schedule.arrive(first, now: 2, jitter: 0) == nil)
    #expect(schedule.arrive(try Self.region(500), now: 2, jitter: 0) != nil)
    #expect(
      schedule.arrive(first, now: SyncLimits().presence + 3, jitter: 0) == nil, "long gone, but nobody else comes")
  }

  @Test(
    "few regions are told to come back within milliseconds, a thousand within 28 seconds, none beyond the bound")
  func spread() {
    let schedule = ArrivalSchedule(limits: SyncLimits())
    #expect(schedule.spread(over: 2) == 55)
    #expect(schedule.spread(over: 1000) == 27_777)
    #expect(schedule.spread(over: 1_000_000) == SyncLimits().longestReturn)
  }

  @Test("a region has so many requests under way and so many a second, and takes nothing from another")
  func traffic() throws {
    let limits = SyncLimits()
    var traffic = RegionTraffic(limits: limits)
    func enter(_ region: RegionNumber, now: Int64) -> Bool { traffic.enter(region, now: now) }
    let (greedy, other) = (try Self.region(1), try Self.region(2))
    for _ in 0..<limits.requestsPerRegion { #expect(enter(greedy, now: 0)) }
    #expect(!enter(greedy, now: 0))
    #expect(enter(other, now: 0))
    traffic.leave(greedy)
    #expect(enter(greedy, now: 0))
    traffic.leave(greedy)
    var served = 0
    for _ in 0..<10_000 where traffic.enter(greedy, now: 0) {
      traffic.leave(greedy)
      served += 1
    }
    #expect(served <= limits.rateBurst)
    #expect(!enter(greedy, now: 0))
    #expect(enter(greedy, now: 1000), "a second later the rate allows some again")
  }

  @Test("a region whose cursors move asks as often as there is something new, one that repeats itself does not")
  func earning() throws {
    let limits = SyncLimits()
    var traffic = RegionTraffic(limits: limits)
    let (busy, idle) = (try Self.region(1), try Self.region(2))
    let epoch = try #require(Epoch(ordinal: 1, id: String(repeating: "a", count: 32)))
    func serve(_ region: RegionNumber, at position: Int64) throws -> Bool {
      guard traffic.enter(region, now: 0) else { return false }
      let cursor = Cursor(epoch: epoch, position: try #require(Position(position)), chain: .origin)
      traffic.progress(region, .down, cursors: [.main: cursor])
      traffic.leave(region)
      return true
    }
    for position in 1...Int64(10 * limits.rateBurst) { #expect(try serve(busy, at: position)) }
    var repeated = 0
    while try serve(idle, at: 1) { repeated += 1 }
    #expect(repeated == limits.rateBurst + 1, "the first one moved")
  }

  @Test("a region that queues many waits behind its own requests, not before those of others")
  func fairness() throws {
    var limits = SyncLimits()
    limits.slots = 2
    limits.slotsPerRegion = 1
    var queue = FairQueue<String>(limits: limits)
    func start(_ region: RegionNumber) -> Bool { queue.start(region) }
    func finish(_ region: RegionNumber) -> String? { queue.finish(region) }
    let regions = try (1...3).map { try Self.region($0) }
    #expect(start(regions[0]))
    #expect(!start(regions[0]), "one of a region at once")
    for number in 1...5 { queue.wait(regions[0], "greedy \(number)") }
    #expect(start(regions[1]))
    #expect(!start(regions[2]), "all slots are taken")
    queue.wait(regions[2], "other")
    #expect(finish(regions[1]) == "other", "the greedy one runs already")
    #expect(finish(regions[0]) == "greedy 1")
    #expect(finish(regions[2]) == nil)
    #expect(finish(regions[0]) == "greedy 2")
  }

  @Test("a gate refuses what is over a region's share with a time to come again")
  func gate() async throws {
    var limits = SyncLimits()
    limits.requestsPerRegion = 1
    limits.refusalPause = 0
    let gate = SyncGate(limits: limits)
    let region = try Self.region(1)
    let answer = try await gate.serve(region) {
      await #expect(throws: SyncProblem.self) { try await gate.serve(region) { "second" } }
      return try await gate.work(for: region) { "first" }
    }
    #expect(answer == "first")
    #expect(try await gate.serve(region) { "third" } == "third")
  }
}
