import NIOCore
import Testing

@testable import Web

/// The rules for frames that carry next to nothing, without a socket and a clock.
@Suite("the frames of a connection") struct FrameRuleTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  private var budget: FrameBudget {
    var limits = WebLimits()
    limits.frameBurst = 10
    limits.framesPerSecond = 2
    return FrameBudget(limits: limits, now: start)
  }

  @Test("are found however their bytes come", arguments: [1, 2, 7, 1000])
  func walk(part: Int) {
    var bytes = [UInt8](repeating: 0x50, count: 24)
    for length in [0, 5, 300, 0, 1] {
      bytes += [0, UInt8(length >> 8), UInt8(length & 255), 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 7, count: length)
    }
    var walker = FrameWalker()
    var found: [Int] = []
    for start in stride(from: 0, to: bytes.count, by: part) {
      let some = ByteBuffer(bytes: bytes[start..<min(start + part, bytes.count)])
      #expect(
        walker.walk(some) {
          found.append($0)
          return true
        })
    }
    #expect(found == [0, 5, 300, 0, 1])
    #expect(!walker.walk(ByteBuffer(repeating: 0, count: 9)) { _ in false })
  }

  @Test("that are empty have a burst, and then what time gives")
  func burst() {
    var budget = budget
    for _ in 0..<10 { #expect(budget.spend(payload: 0)) }
    var later = budget
    #expect(!budget.spend(payload: 0))
    later.refill(start + .seconds(1))
    #expect(later.spend(payload: 0))
    #expect(later.spend(payload: 0))
    #expect(!later.spend(payload: 0))
  }

  @Test("that carry something, or bring an answer, cost nothing for good")
  func payload() {
    var budget = budget
    for _ in 0..<1000 { #expect(budget.spend(payload: 32)) }
    for _ in 0..<1000 {
      budget.answered(64)
      #expect(budget.spend(payload: 0))
    }
    budget.answered(.max)
    budget.refill(.distantFuture)
    for _ in 0..<10 { #expect(budget.spend(payload: 0)) }
    #expect(!budget.spend(payload: 0))
  }
}
