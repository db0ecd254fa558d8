internal import Outbox
internal import Silo
internal import Synchronization

/// Tells agents that stand by, at this process, that their region's active agent has gone.
final class Departures: Sendable {
  private let bells = Mutex<[RegionNumber: Doorbell]>([:])

  private func bell(of region: RegionNumber) -> Doorbell {
    bells.withLock { bells in
      if let known = bells[region] { return known }
      let new = Doorbell()
      bells[region] = new
      return new
    }
  }

  func note(_ region: RegionNumber) { bell(of: region).ring() }

  /// Waits for a departure; says whether one came.
  func wait(for region: RegionNumber, limit: Duration) async -> Bool {
    let bell = bell(of: region)
    return await bell.wait(beyond: bell.rings, limit: limit)
  }
}
