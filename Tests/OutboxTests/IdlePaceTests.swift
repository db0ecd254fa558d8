@testable import Outbox
import SyncProtocol
import Testing

@Suite("How long a receiver that nothing concerns waits")
struct IdlePaceTests {
  private let pace = IdlePace(shortest: 2000, longest: 29_000, answersPerSecond: 34)

  @Test("few receivers are answered after the shortest hold, whenever they ask")
  func few() throws {
    for number in 1...60 {
      #expect(pace.hold(of: try #require(SiloNumber(number)), among: 60, now: Int64(number) * 777) == 2000)
    }
  }

  @Test("many receivers that ask at one moment are answered evenly over a period, and once in each")
  func spread() throws {
    var answered = [Int](repeating: 0, count: 29)
    for number in 1...1000 {
      let receiver = try #require(SiloNumber(number))
      let first = 5_000_000 + pace.hold(of: receiver, among: 1000, now: 5_000_000)
      answered[Int((first - 5_000_001) / 1000) % 29] += 1
      // Who is due this very moment waits a whole period, and is on time from then on.
      guard first < 5_029_000 else { continue }
      let second = first + pace.hold(of: receiver, among: 1000, now: first)
      #expect((first - 5_000_000) <= 29_000 && second - first == 29_000)
      // An answer that leaves a little late moves nothing, and one that leaves a moment early is not given twice.
      #expect(pace.hold(of: receiver, among: 1000, now: first - 10) == 29_000)
      #expect(pace.hold(of: receiver, among: 1000, now: first + 40) == 28_960)
    }
    let peak = answered.max() ?? 0
    #expect(peak <= 40, "the mean is 34 in a second, was \(answered)")
  }
}
