import Testing

@testable import Outbox

@Suite struct TickThrottleTests {
  @Test("a few ticks begin at once, further ones an interval apart, and a pause brings the few back")
  func spacing() {
    let start = ContinuousClock.now
    var throttle = TickThrottle(now: start)
    for _ in 0..<TickThrottle.burst { #expect(throttle.next(now: start) == nil) }
    var moment = start
    for _ in 0..<10 {
      let next = throttle.next(now: moment)
      #expect(next == moment.advanced(by: TickThrottle.interval))
      moment = next ?? moment
    }
    let later = moment.advanced(by: .seconds(1))
    for _ in 0..<TickThrottle.burst { #expect(throttle.next(now: later) == nil) }
    #expect(throttle.next(now: later) != nil)
  }

  @Test("changes that come slower than the interval never wait")
  func slow() {
    var moment = ContinuousClock.now
    var throttle = TickThrottle(now: moment)
    for _ in 0..<1000 {
      #expect(throttle.next(now: moment) == nil)
      moment = moment.advanced(by: TickThrottle.interval)
    }
  }
}
