internal import Silo
internal import Synchronization

/// The lanes of all regions, made when they are first asked and anew when a region's URL changes.
final class RegionLanes: Sendable {
  private let limits: GatewayLimits
  private let lanes = Mutex<[RegionNumber: RegionLane]>([:])

  init(limits: GatewayLimits) { self.limits = limits }

  func lane(_ region: RegionNumber, url: String) -> RegionLane {
    lanes.withLock { lanes in
      if let lane = lanes[region], lane.url == url { return lane }
      let lane = RegionLane(url: url, limits: limits)
      lanes[region] = lane
      return lane
    }
  }

  var readings: [(region: RegionNumber, reading: RegionLane.Reading)] {
    lanes.withLock { lanes in lanes.map { ($0.key, $0.value.reading) } }.sorted { $0.0 < $1.0 }
  }
}
