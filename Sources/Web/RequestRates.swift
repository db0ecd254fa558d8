internal import Synchronization

/// Token buckets by name, a bounded number of them: a second is one moment for all of a process.
package final class RequestRates: Sendable {
  private let rate: Double
  private let burst: Double
  private let maximum: Int
  /// By name: the time, in seconds, at which the bucket is full again.
  private let full = Mutex<[String: Double]>([:])

  package init(rate: Double, burst: Double, maximum: Int) {
    self.rate = max(rate, 0.001)
    self.burst = max(burst, 1)
    self.maximum = max(maximum, 1)
  }

  /// Takes one from a bucket; false when it is empty.
  ///
  /// - Parameter now: seconds since anything.
  package func take(_ name: String, now: Double) -> Bool {
    full.withLock { full in
      if full.count >= maximum, full[name] == nil {
        // Full buckets say nothing. When all of them are in use the oldest words are forgotten rather than everybody refused.
        full = full.filter { $0.value > now }
        if full.count >= maximum { full.removeAll(keepingCapacity: true) }
      }
      let at = max(full[name] ?? now, now) + 1 / rate
      guard at - now <= burst / rate else { return false }
      full[name] = at
      return true
    }
  }
}
