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
      let isWalked = walker.walk(some) {
        found.append($0)
        return true
      }
      #expect(isWalked)
    }
    #expect(found == [0, 5, 300, 0, 1])
    let isRefused = !walker.walk(ByteBuffer(repeating: 0, count: 9)) { _ in false }
    #expect(isRefused)
  }

  /// How many of `count` frames a budget pays for.
  private func paid(_ budget: inout FrameBudget, _ count: Int, payload: Int = 0, answered: Int = 0) -> Int {
    var paid = 0
    for _ in 0..<count {
      budget.answered(answered)
      if budget.spend(payload: payload) { paid += 1 }
    }
    return paid
  }

  @Test("that are empty have a burst, and then what time gives")
  func burst() {
    var budget = budget
    #expect(paid(&budget, 10) == 10)
    var later = budget
    #expect(paid(&budget, 1) == 0)
    later.refill(start + .seconds(1))
    #expect(paid(&later, 3) == 2)
  }

  @Test("that carry something, or bring an answer, cost nothing for good")
  func payload() {
    var budget = budget
    #expect(paid(&budget, 1000, payload: 32) == 1000)
    #expect(paid(&budget, 1000, answered: 64) == 1000)
    budget.answered(.max)
    budget.refill(.distantFuture)
    #expect(paid(&budget, 11) == 10)
  }
}
