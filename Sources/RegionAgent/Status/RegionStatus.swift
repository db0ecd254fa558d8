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
}

extension RegionStatus {
  var json: JSONValue {
    [
      "region": .string(region.text), "number": .integer(Int64(silo.value)), "state": .string(connection.rawValue),
      "fingerprint": .string(fingerprint), "epoch": log.map { .integer(Int64($0.epoch.ordinal)) } ?? .null,
      "head": log.map { .integer($0.head.value) } ?? .null, "freshness_seconds": Self.seconds(freshnessSeconds),
      "quarantined": .integer(quarantined), "lanes": .array(lanes.map(Self.json)),
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
