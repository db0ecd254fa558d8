import SyncProtocol
import Testing

@Suite("A doorbell that rings too early")
struct WakeWorldTests {
  @Test("what a decoded commit announced is found soon after it is visible, whatever the gap")
  func campaign() {
    var marks: Set<String> = []
    for seed in 1...UInt64(3000) {
      let (violation, seen) = Campaign.wake(seed, planted: nil, twice: true)
      marks.formUnion(seen)
      if let violation {
        Issue.record("seed \(seed): \(violation)")
        return
      }
    }
    #expect(
      marks == [
        "commit decoded before it is visible", "decoded commit rang nobody", "stream of decoded commits lost",
        "decoded commit found by looking again",
      ])
  }

  @Test("a sequencer that reads once after a ring is found out")
  func earlyRead() {
    let found = (1...UInt64(20)).contains {
      Campaign.wake($0, planted: .earlyReadAfterDecodedCommit, twice: false).violation != nil
    }
    #expect(found)
  }
}
