import Testing

@testable import Outbox

@Suite("Starting over by pointers") struct StartingOverTests {
  @Test("a receiver starts over a few times at once, then once in half a minute")
  func pace() {
    let start = ContinuousClock.now
    var pace = StartingOver()
    func begins(after wait: Duration) -> Bool { pace.begin(now: start.advanced(by: wait)) }
    for _ in 0..<StartingOver.atOnce { #expect(begins(after: .zero)) }
    #expect(!begins(after: .zero))
    #expect(!begins(after: StartingOver.interval - .milliseconds(1)))
    #expect(begins(after: StartingOver.interval))
    #expect(!begins(after: StartingOver.interval))
    for _ in 0..<StartingOver.atOnce { #expect(begins(after: .seconds(3600)), "what was not used is there again") }
    #expect(!begins(after: .seconds(3600)))
  }
}
