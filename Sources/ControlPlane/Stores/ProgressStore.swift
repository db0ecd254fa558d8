internal import Outbox
internal import Postgres
package import Silo

/// What control's database knows of every region's progress. Ages are by the database's clock, so that no other clock takes part.
package enum ProgressStore {
  /// The lanes whose cursors a region must have acknowledged.
  private static let lanes = ["priority", "main"]

  /// The progress of every region, by number.
  package static func all(on control: ControlConnection) async throws -> [RegionNumber: SyncProgress] {
    let age = try await sourceAge(on: control)
    let lanes = try await laneProgress(on: control)
    // A NACK that is not repeated for two minutes is over; a snapshot is under way while its chunks are asked for.
    let rows = try await control.query(
      """
      SELECT r.number, r.state, extract(epoch FROM clock_timestamp() - s.acknowledged)::float8,
        (SELECT count(*) FROM outbox.quarantine AS q WHERE q.stream = r.number)
          + (SELECT count(*) FROM outbox.nack AS k
            WHERE k.silo = r.number AND k.last_seen > clock_timestamp() - make_interval(mins => 2)),
        COALESCE(p.snapshot_seen > clock_timestamp() - make_interval(secs => 15), false)
      FROM control.region AS r LEFT JOIN control.agent_session AS s ON s.region_number = r.number
      LEFT JOIN outbox.peer AS p ON p.silo = r.number
      ORDER BY r.number LIMIT 4095
      """)
    var all: [RegionNumber: SyncProgress] = [:]
    for (number, state, acknowledged, refused, refilling) in try rows.decode(
      (Int16, String, Double?, Int64, Bool).self)
    {
      guard let number = RegionNumber(Int(number)) else { continue }
      let known = lanes[number.value] ?? [:]
      var progress = SyncProgress(
        enrollment: enrollment(state),
        lanes: Self.lanes.map { known[$0] ?? SyncProgress.LaneProgress(position: nil) },
        acknowledgedSeconds: acknowledged.map { max(0, $0) }, sourceSeconds: age, quarantined: refused)
      progress.isRefilling = refilling
      all[number] = progress
    }
    return all
  }

  private static func enrollment(_ state: String) -> SyncProgress.Standing {
    switch state {
    case "active": .active
    case "revoked": .revoked
    default: .waiting
    }
  }

  /// Seconds since everything committed was in control's log; nil before the first complete tick.
  package static func sourceAge(on control: ControlConnection) async throws -> Double? {
    let rows = try await control.query(
      """
      SELECT (extract(epoch FROM clock_timestamp()) - s.complete_as_of / 1000000.0)::float8
      FROM outbox.sequencer AS s WHERE s.complete_as_of > 0
      """)
    return try rows.decode(Double.self).first.map { max(0, $0) }
  }

  /// Lanes of control's log as regions acknowledged them, by region and lane.
  private static func laneProgress(
    on control: ControlConnection
  ) async throws -> [Int16: [String: SyncProgress.LaneProgress]] {
    let rows = try await control.query(
      """
      SELECT r.silo, r.lane, r.position, GREATEST(s.pruned, COALESCE(p.retained, 0)),
        COALESCE(extract(epoch FROM clock_timestamp() - next.created)::float8, 0),
        extract(epoch FROM clock_timestamp() - r.advanced)::float8
      FROM outbox.receiver AS r CROSS JOIN outbox.sequencer AS s LEFT JOIN outbox.peer AS p ON p.silo = r.silo
      LEFT JOIN LATERAL (
        SELECT g.created FROM outbox.segment AS g
        WHERE r.position < s.head AND g.last > r.position
          AND g.lanes & CASE r.lane WHEN 'priority' THEN 1 WHEN 'main' THEN 2 ELSE 4 END <> 0
        ORDER BY g.last LIMIT 1
      ) AS next ON true
      WHERE r.silo > 0 ORDER BY r.silo, r.lane LIMIT 16384
      """)
    var lanes: [Int16: [String: SyncProgress.LaneProgress]] = [:]
    for (silo, lane, position, retained, behind, unmoved) in try rows.decode(
      (Int16, String, Int64, Int64, Double, Double).self)
    {
      lanes[silo, default: [:]][lane] = SyncProgress.LaneProgress(
        position: position, retained: retained, behindSeconds: max(0, behind), unmovedSeconds: max(0, unmoved))
    }
    return lanes
  }
}
