/// From when on a region counts as behind, and from when on as stalled. In seconds.
package struct SyncStateLimits: Sendable, Hashable {
  /// An age above this is `degraded`. An idle region acknowledges every 2 to 4 seconds.
  package var degradedSeconds: Double
  /// An age above this is `stalled`.
  package var stalledSeconds: Double

  package init(degradedSeconds: Double = 10, stalledSeconds: Double = 60) {
    self.degradedSeconds = degradedSeconds
    self.stalledSeconds = max(degradedSeconds, stalledSeconds)
  }

  /// The bounds with so many regions: held requests of many regions are answered less often (40 a second in all), so an idle one
  /// acknowledges less often too.
  package init(regions: Int) {
    let interval = max(2, Double(regions) / 40)
    self.init(degradedSeconds: interval * 5, stalledSeconds: max(60, interval * 15))
  }
}
