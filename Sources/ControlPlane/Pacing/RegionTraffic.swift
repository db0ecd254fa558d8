package import Silo

/// How much of control each region takes: requests under way and a rate with a burst. A value without clock.
package struct RegionTraffic: Sendable {
  private struct Share: Sendable {
    var underWay = 0
    /// When the burst is whole again, in monotonic milliseconds.
    var paidUntil: Double
  }

  private let limits: SyncLimits
  private var shares: [RegionNumber: Share] = [:]

  package init(limits: SyncLimits) { self.limits = limits }

  /// A request of a region comes; false when the region has taken its share. One that entered leaves by ``leave(_:)``.
  package mutating func enter(_ region: RegionNumber, now: Int64) -> Bool {
    var share = shares[region] ?? Share(paidUntil: Double(now))
    guard share.underWay < limits.requestsPerRegion else { return false }
    let cost = 1000 / Double(max(1, limits.rate))
    let paid = max(share.paidUntil, Double(now)) + cost
    guard paid - Double(now) <= cost * Double(limits.rateBurst) else { return false }
    share.paidUntil = paid
    share.underWay += 1
    shares[region] = share
    return true
  }

  package mutating func leave(_ region: RegionNumber) {
    shares[region]?.underWay -= 1
  }
}
