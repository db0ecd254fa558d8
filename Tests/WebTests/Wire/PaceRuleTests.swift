import NIOCore
import Testing

@testable import Web

/// The rule of time itself, without a socket and a clock.
@Suite("the pace of an exchange") struct PaceRuleTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  private var pace: ExchangePace {
    var limits = WebLimits()
    limits.headSeconds = 75
    limits.bodyGraceSeconds = 30
    limits.bodyBytesPerSecond = 100
    limits.bodyPauseSeconds = 60
    limits.stallSeconds = 60
    limits.lingerSeconds = 2
    return ExchangePace(limits: limits)
  }

  private func seconds(_ pace: ExchangePace) -> Int64? { pace.next.map { ($0.at - start).nanoseconds / 1_000_000_000 } }

  @Test("a body earns time by its bytes, and loses none while nobody here reads")
  func body() {
    var pace = pace
    pace.awaitHead(start)
    #expect(seconds(pace) == 75)
    #expect(pace.next?.what == .head)
    pace.headCame(start)
    #expect(seconds(pace) == 30)
    #expect(pace.next?.what == .body)
    pace.bodyCame(1000, start)
    #expect(seconds(pace) == 40)
    pace.pauseReading(start + .seconds(5))
    #expect(pace.next == nil)
    pace.pauseReading(start + .seconds(6))
    pace.resumeReading(start + .seconds(105))
    #expect(seconds(pace) == 140)
    pace.requestEnded()
    #expect(pace.next == nil)
  }

  @Test("a drip at the least rate may go on; below it, it ends however long it has respected every pause")
  func drip() {
    var pace = pace
    pace.headCame(start)
    var now = start
    for _ in 0..<10_000 {
      now = now + .seconds(10)
      pace.bodyCame(1000, now)
    }
    #expect(pace.next.map { $0.at > now } == true)
    // One byte a second, which no idle time would mind: the first hour ends it.
    var seconds = 0
    while let next = pace.next, next.at > now, seconds < 3600 {
      now = now + .seconds(1)
      pace.bodyCame(1, now)
      seconds += 1
    }
    #expect(seconds < 61)
  }

  @Test("nobody saves time for a long silence")
  func silence() {
    var pace = pace
    pace.headCame(start)
    pace.bodyCame(1 << 40, start + .seconds(5))
    #expect(seconds(pace) == 65)
    pace.bodyCame(100, start + .seconds(60))
    #expect(seconds(pace) == 66)
  }

  @Test("a reader has its time from when it stopped, and loses the bound when it goes on")
  func reader() {
    var pace = pace
    pace.stall(true, start)
    pace.stall(true, start + .seconds(50))
    #expect(seconds(pace) == 60)
    #expect(pace.next?.what == .close)
    pace.stall(false, start + .seconds(55))
    #expect(pace.next == nil)
  }

  @Test("a connection that ends, ends soon, whatever happens on it")
  func close() {
    var pace = pace
    pace.headCame(start)
    pace.close(start)
    pace.close(start + .seconds(1))
    #expect(seconds(pace) == 2)
    #expect(pace.next?.what == .close)
  }
}
