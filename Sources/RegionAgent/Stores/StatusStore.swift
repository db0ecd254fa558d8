internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Cursors and lag as the region's database knows them, whether or not control is reachable.
enum StatusStore {
  /// Lanes of control's log as applied here.
  static func down(on connection: RegionConnection) async throws -> [RegionStatus.LaneStatus] {
    let rows = try await connection.query(
      """
      SELECT lane, position, seen, extract(epoch FROM clock_timestamp() - applied)::float8, resync_epoch IS NOT NULL,
        complete_as_of > 0
      FROM outbox.cursor WHERE stream = 0 ORDER BY lane
      """)
    return try rows.decode((String, Int64, Int64, Double, Bool, Bool).self).compactMap { row in
      Lane(rawValue: row.0).map {
        RegionStatus.LaneStatus(
          direction: .down, lane: $0, cursor: row.1, head: max(row.2, row.1), appliedSeconds: max(0, row.3),
          isRefilling: row.4, wasComplete: row.5)
      }
    }
  }

  /// Lanes of the own log as control acknowledged them. Lag in seconds is the age of the oldest entry without
  /// acknowledgement; a lane with nothing further to acknowledge does not lag, wherever the others are.
  static func up(on connection: RegionConnection) async throws -> [RegionStatus.LaneStatus] {
    let rows = try await connection.query(
      """
      SELECT r.lane, r.position, CASE WHEN next.created IS NULL THEN r.position ELSE s.head END,
        extract(epoch FROM clock_timestamp() - next.created)::float8
      FROM outbox.receiver AS r CROSS JOIN outbox.sequencer AS s
      LEFT JOIN LATERAL (
        SELECT g.created FROM outbox.segment AS g
        WHERE g.last > r.position
          AND g.lanes & CASE r.lane WHEN 'priority' THEN 1 WHEN 'main' THEN 2 ELSE 4 END <> 0
        ORDER BY g.last LIMIT 1
      ) AS next ON true
      WHERE r.silo = 0 ORDER BY r.lane
      """)
    return try rows.decode((String, Int64, Int64, Double?).self).compactMap { name, position, head, age in
      Lane(rawValue: name).map {
        RegionStatus.LaneStatus(
          direction: .up, lane: $0, cursor: position, head: max(head, position), lagSeconds: age ?? 0)
      }
    }
  }

  static func quarantined(on connection: RegionConnection) async throws -> Int64 {
    try await connection.query("SELECT count(*) FROM outbox.quarantine WHERE stream = 0").only().decode(Int64.self)
  }
}
