/// Waiting times after failures: doubling from a minimum to a maximum, with full jitter from a generator of its own, so that a machine that
/// holds it stays a value and repeats exactly.
public struct BackOff: Sendable, Hashable {
  /// Milliseconds.
  public let minimum: Int64
  /// Milliseconds.
  public let maximum: Int64
  public private(set) var failures = 0
  private var random: UInt64

  /// `seed` sets the jitter; give every process another.
  public init(minimum: Int64 = 100, maximum: Int64 = 5000, seed: UInt64) {
    self.minimum = max(1, minimum)
    self.maximum = max(self.minimum, maximum)
    random = seed
  }

  /// Counts one more failure and returns how long to wait, in milliseconds: from half the doubled time to all of it.
  public mutating func next() -> Int64 {
    let doubled = min(maximum, minimum << Int64(min(failures, 20)))
    failures += 1
    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let half = doubled / 2
    return max(1, half + Int64((random >> 33) % UInt64(doubled - half + 1)))
  }

  /// Forgets the failures: something worked.
  public mutating func reset() { failures = 0 }
}
