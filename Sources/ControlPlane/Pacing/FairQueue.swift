package import Silo

/// Gives so many slots to regions in turn: whoever asks for many waits behind its own requests, not before those of others. A value without waiting.
package struct FairQueue<Waiter: Sendable>: Sendable {
  private let limits: SyncLimits
  private var taken = 0
  private var running: [RegionNumber: Int] = [:]
  private var waiting: [RegionNumber: [Waiter]] = [:]
  /// Regions with waiters, in the order of their turns.
  private var turns: [RegionNumber] = []

  package init(limits: SyncLimits) { self.limits = limits }

  /// Whether a request of the region may start at once; otherwise call ``wait(_:_:)``.
  package mutating func start(_ region: RegionNumber) -> Bool {
    guard taken < limits.slots, running[region, default: 0] < limits.slotsPerRegion else { return false }
    take(region)
    return true
  }

  package mutating func wait(_ region: RegionNumber, _ waiter: Waiter) {
    if waiting[region] == nil { turns.append(region) }
    waiting[region, default: []].append(waiter)
  }

  /// A request is over; returns who starts now.
  package mutating func finish(_ region: RegionNumber) -> Waiter? {
    taken -= 1
    let left = running[region, default: 1] - 1
    running[region] = left > 0 ? left : nil
    guard taken < limits.slots,
      let index = turns.firstIndex(where: { running[$0, default: 0] < limits.slotsPerRegion })
    else { return nil }
    let next = turns.remove(at: index)
    var queue = waiting[next] ?? []
    guard !queue.isEmpty else { return nil }
    let waiter = queue.removeFirst()
    waiting[next] = queue.isEmpty ? nil : queue
    if !queue.isEmpty { turns.append(next) }
    take(next)
    return waiter
  }

  private mutating func take(_ region: RegionNumber) {
    taken += 1
    running[region, default: 0] += 1
  }
}
