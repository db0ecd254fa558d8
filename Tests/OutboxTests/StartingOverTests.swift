import Testing

@testable import Outbox

@Suite("Starting over by pointers") struct StartingOverTests {
  @Test("a receiver starts over a few times at once, then once in half a minute")
  func pace() {
    let start = ContinuousClock.now
    var pace = StartingOver()
    for _ in 0..<StartingOver.atOnce { #expect(pace.begin(now: start)) }
    #expect(!pace.begin(now: start))
    #expect(!pace.begin(now: start.advanced(by: StartingOver.interval - .milliseconds(1))))
    #expect(pace.begin(now: start.advanced(by: StartingOver.interval)))
    #expect(!pace.begin(now: start.advanced(by: StartingOver.interval)))
    let later = start.advanced(by: .seconds(3600))
    for _ in 0..<StartingOver.atOnce { #expect(pace.begin(now: later), "what was not used is there again") }
    #expect(!pace.begin(now: later))
  }
}
