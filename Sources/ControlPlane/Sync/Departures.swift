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

  /// How many there were: to be asked before it is looked whether somebody is there.
  func count(of region: RegionNumber) -> UInt64 { bell(of: region).rings }

  /// Waits for a departure after so many; says whether one came.
  func wait(for region: RegionNumber, beyond count: UInt64, limit: Duration) async -> Bool {
    await bell(of: region).wait(beyond: count, limit: limit)
  }
}
