internal import Outbox
package import Silo

/// The state of every region, by one rule for the API, the command line and the metrics.
package enum RegionStates {
  /// - Parameter limits: nil for those that fit the number of regions.
  package static func all(
    limits: SyncStateLimits? = nil, on control: ControlConnection
  ) async throws -> [RegionNumber: SyncState] {
    let progress = try await ProgressStore.all(on: control)
    let limits = limits ?? SyncStateLimits(regions: progress.count)
    return progress.mapValues { $0.state(limits: limits) }
  }
}
