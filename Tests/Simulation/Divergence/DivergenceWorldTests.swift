import SyncProtocol
import Testing

@Suite("Rows that rot, under comparisons")
struct DivergenceWorldTests {
  @Test("what rotted is found and mended, nothing else is called divergent, and every case occurs")
  func campaign() {
    var marks: Set<String> = []
    for seed in 1...UInt64(3000) {
      let (violation, seen) = Campaign.divergence(seed, planted: nil, twice: true)
      marks.formUnion(seen)
      if let violation {
        Issue.record("seed \(seed): \(violation)")
        return
      }
    }
    print("divergence marks: \(marks.sorted())")
    for code in ["IN_FLIGHT", "MISSING", "EXTRA", "NOT_ENTITLED", "CONTENT", "STALE_VERSION"] {
      #expect(marks.contains("verdict \(code)"))
    }
  }
}
