/// A running FNV-1a hash over everything that happens, word by word: equal hashes mean equal runs.
struct SimTrace {
  private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  /// Lines for a replay; nil in campaigns.
  var lines: [String]?

  mutating func mix(_ word: UInt64) { hash = (hash ^ word) &* 0x0000_0100_0000_01B3 }
  mutating func mix(_ word: Int) { mix(UInt64(bitPattern: Int64(word))) }
}
