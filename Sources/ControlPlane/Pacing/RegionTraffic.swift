package import Silo
package import SyncProtocol

/// How much of control each region takes: requests under way and a rate with a burst. A value without clock.
///
/// Only requests that bring nothing forward count against the rate: a region that applies what it gets may ask as often as there is something new.
package struct RegionTraffic: Sendable {
  /// Whose log a cursor stands in.
  package enum Direction: Sendable, Hashable { case down, up }

  private struct Place: Hashable {
    let direction: Direction
    let lane: Lane
  }

  private struct Share: Sendable {
    var underWay = 0
    /// When the burst is whole again, in monotonic milliseconds.
    var paidUntil: Double
    /// The furthest cursors, as (ordinal of the epoch, position).
    var furthest: [Place: (Int32, Int64)] = [:]
  }

  private let limits: SyncLimits
  private var shares: [RegionNumber: Share] = [:]

  package init(limits: SyncLimits) { self.limits = limits }

  private var cost: Double { 1000 / Double(max(1, limits.rate)) }

  /// A request of a region comes; false when the region has taken its share. One that entered leaves by ``leave(_:)``.
  package mutating func enter(_ region: RegionNumber, now: Int64) -> Bool {
    var share = shares[region] ?? Share(paidUntil: Double(now))
    guard share.underWay < limits.requestsPerRegion else { return false }
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

  /// The request under way was found good and these are the cursors it stands for. One further than ever before pays for the request, so a region
  /// earns as many requests as there are positions and no more.
  package mutating func progress(_ region: RegionNumber, _ direction: Direction, cursors: [Lane: Cursor]) {
    guard var share = shares[region] else { return }
    var hasMoved = false
    for (lane, cursor) in cursors {
      let place = Place(direction: direction, lane: lane)
      let reached = (cursor.epoch.ordinal, cursor.position.value)
      guard reached > share.furthest[place] ?? (0, 0) else { continue }
      share.furthest[place] = reached
      hasMoved = true
    }
    if hasMoved { share.paidUntil -= cost }
    shares[region] = share
  }
}
