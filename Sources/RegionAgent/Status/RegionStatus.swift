package import Outbox
package import Silo
package import SyncProtocol

/// How a region stands, for operators on the same machine.
package struct RegionStatus: Sendable, Hashable {
  /// How far one lane of one direction is.
  package struct LaneStatus: Sendable, Hashable {
    package enum Direction: String, Sendable, Hashable {
      /// Control's log, applied here.
      case down
      /// This region's log, acknowledged by control.
      case up
    }

    package var direction: Direction
    package var lane: Lane
    package var cursor: Int64
    package var head: Int64
    /// Nil while nothing is known about it.
    package var lagSeconds: Double?
    /// Since something was applied last; down only.
    package var appliedSeconds: Double?
    /// Whether a snapshot of the lane is under way, and whether the lane was complete once; down only.
    package var isRefilling = false
    package var wasComplete = true
  }

  package var region: RegionName
  package var silo: SiloNumber
  package var connection: ConnectionState
  package var fingerprint: String
  /// Of the own log; nil until it has begun.
  package var log: LogDescription?
  /// How old the knowledge of control's rows is; nil before the first complete answer of this process.
  package var freshnessSeconds: Double?
  package var quarantined: Int64
  package var lanes: [LaneStatus]
  /// The snapshot of control's rows that is being taken; nil when none is.
  package var snapshot: SnapshotProgress?
}

extension RegionStatus {
  /// How this region stands by its own knowledge, by the same rule as control's.
  package var sync: SyncState {
    let enrollment: SyncProgress.Standing =
      switch connection {
      case .revoked: .revoked
      case .pending: .waiting
      case .connecting, .connected, .fenced, .standby, .incompatible: .active
      }
    let down = [Lane.priority, .main].map { name in lanes.first { $0.direction == .down && $0.lane == name } }
    // Before the first complete answer of this process the age of what lies in the database is what is known.
    let applied = down.compactMap { $0?.appliedSeconds }.max()
    let known = freshnessSeconds ?? applied
    var progress = SyncProgress(
      enrollment: enrollment,
      lanes: down.map { lane in
        guard let lane else { return SyncProgress.LaneProgress(position: nil) }
        let behind = lane.head > lane.cursor ? lane.appliedSeconds ?? 0 : 0
        return SyncProgress.LaneProgress(
          position: lane.cursor, behindSeconds: behind, unmovedSeconds: lane.appliedSeconds ?? 0)
      }, acknowledgedSeconds: known, sourceSeconds: known, quarantined: quarantined)
    progress.isRefilling = down.contains { $0?.isRefilling ?? false }
    progress.wasComplete = down.allSatisfy { $0?.wasComplete ?? false }
    return progress.state()
  }

  var json: JSONValue {
    [
      "region": .string(region.text), "number": .integer(Int64(silo.value)), "state": .string(connection.rawValue),
      "sync": .string(sync.rawValue),
      "fingerprint": .string(fingerprint), "epoch": log.map { .integer(Int64($0.epoch.ordinal)) } ?? .null,
      "head": log.map { .integer($0.head.value) } ?? .null, "freshness_seconds": Self.seconds(freshnessSeconds),
      "quarantined": .integer(quarantined), "lanes": .array(lanes.map(Self.json)),
      "snapshot": snapshot?.json ?? .null,
    ]
  }

  private static func json(_ lane: LaneStatus) -> JSONValue {
    [
      "direction": .string(lane.direction.rawValue), "lane": .string(lane.lane.rawValue),
      "cursor": .integer(lane.cursor), "head": .integer(lane.head),
      "lag_rows": .integer(max(0, lane.head - lane.cursor)), "lag_seconds": seconds(lane.lagSeconds),
    ]
  }

  /// Whole seconds, rounded up: our JSON has no fractions.
  private static func seconds(_ value: Double?) -> JSONValue {
    guard let value, value.isFinite, value < 1e15 else { return .null }
    return .integer(Int64(max(0, value).rounded(.up)))
  }
}
