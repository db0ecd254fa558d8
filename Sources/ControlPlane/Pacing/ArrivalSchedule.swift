package import Silo

/// Who may come now and who later, so that a thousand regions that lost control at once return at an even rate.
///
/// A region that is present is always welcome. One that arrives takes the next free place of the rate; if that lies ahead it is told when to come,
/// with jitter, and its place is kept. Times are monotonic milliseconds. A value without clock and randomness.
package struct ArrivalSchedule: Sendable {
  private let limits: SyncLimits
  private var seen: [RegionNumber: Int64] = [:]
  private var kept: [RegionNumber: Int64] = [:]
  /// When the next place is free.
  private var next: Int64?
  private var sweptAt: Int64 = 0

  package init(limits: SyncLimits) { self.limits = limits }

  /// Milliseconds between two places.
  private var spacing: Int64 { max(1, 1000 / Int64(max(1, limits.arrivalsPerSecond))) }

  /// A request of a region came.
  ///
  /// - Parameter jitter: 0..<1.
  /// - Returns: nil when it is welcome, otherwise in how many milliseconds it shall come again.
  package mutating func arrive(_ region: RegionNumber, now: Int64, jitter: Double) -> Int64? {
    forget(now)
    if let last = seen[region], now - last < limits.presence {
      seen[region] = now
      return nil
    }
    if let place = kept[region] {
      guard now >= place else { return place - now }
      kept[region] = nil
      seen[region] = now
      return nil
    }
    let earliest = now - spacing * Int64(max(0, limits.arrivalBurst - 1))
    let place = max(next ?? earliest, earliest)
    next = place + spacing
    guard place > now else {
      seen[region] = now
      return nil
    }
    // Within some places around its own, so that nothing keeps in step.
    let later = place + Int64(jitter * Double(spacing) * 8)
    kept[region] = later
    return later - now
  }

  /// Over how many milliseconds so many regions shall spread their return after they lost control.
  package func spread(over regions: Int) -> Int64 {
    min(limits.longestReturn, Int64(regions) * 1000 / Int64(max(1, limits.returnsPerSecond)))
  }

  /// Forgets who is long gone, now and then.
  private mutating func forget(_ now: Int64) {
    guard now - sweptAt >= limits.presence else { return }
    sweptAt = now
    seen = seen.filter { now - $0.value < limits.presence }
    kept = kept.filter { now - $0.value < limits.presence }
  }
}
