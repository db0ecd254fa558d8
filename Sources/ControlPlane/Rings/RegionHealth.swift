internal import Outbox
package import Silo

/// How every region stands, and whether control can tell at all.
package struct RegionHealth: Sendable {
  package let states: [RegionNumber: SyncState]
  /// Whether control's own log is fresh: if it is not, every region looks as if it had failed.
  package let isSourceFresh: Bool

  package var live: [RegionNumber] { states.filter { $0.value == .live }.keys.sorted() }

  package static func now(on control: ControlConnection) async throws -> RegionHealth {
    let states = try await RegionStates.all(on: control)
    let limits = SyncStateLimits(regions: states.count)
    let age = try await ProgressStore.sourceAge(on: control)
    return RegionHealth(states: states, isSourceFresh: age.map { $0 <= limits.degradedSeconds } ?? false)
  }
}
