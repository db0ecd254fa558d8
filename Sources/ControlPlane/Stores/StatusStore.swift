package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo
package import SyncProtocol

/// What operators look at: per region and lane, where each log stands on the other side.
package enum StatusStore {
  package struct LaneStatus: Sendable, Hashable {
    package let region: RegionNumber
    package let lane: String
    /// How far the region acknowledged control's log.
    package let position: Int64
    /// When the oldest entry of the lane behind the cursor got its position; nil when there is none.
    package let behindSince: Date?
  }

  package struct UpstreamStatus: Sendable, Hashable {
    package let region: RegionNumber
    package let lane: String
    package let position: Int64
    package let head: Int64
    package let applied: Date
  }

  package struct RegionStatus: Sendable, Hashable {
    package let number: RegionNumber
    package let seen: Date?
    package let software: String?
    /// The fingerprint of the agent that holds the region's session.
    package let agent: String?
    package let quarantined: Int64
    package let organizations: Int64
    package let leaving: Int64
  }

  /// The head of control's log and its last heartbeat (microseconds since 1970), or nil before the first tick.
  package static func head(on control: ControlConnection) async throws -> (head: Int64, completeAsOf: Int64)? {
    let rows = try await control.query("SELECT head, complete_as_of FROM outbox.sequencer")
    return try rows.decode((Int64, Int64).self).first.map { (head: $0, completeAsOf: $1) }
  }

  package static func downstream(on control: ControlConnection) async throws -> [LaneStatus] {
    let rows = try await control.query(
      """
      SELECT r.silo, r.lane, r.position,
        (SELECT g.created FROM outbox.segment AS g
          WHERE g.last > r.position
            AND g.lanes & CASE r.lane WHEN 'priority' THEN 1 WHEN 'main' THEN 2 ELSE 4 END <> 0
          ORDER BY g.last LIMIT 1)
      FROM outbox.receiver AS r WHERE r.silo > 0 ORDER BY r.silo, r.lane LIMIT 16384
      """)
    return try rows.decode((Int16, String, Int64, Date?).self).compactMap { silo, lane, position, since in
      RegionNumber(Int(silo)).map { LaneStatus(region: $0, lane: lane, position: position, behindSince: since) }
    }
  }

  package static func upstream(on control: ControlConnection) async throws -> [UpstreamStatus] {
    let rows = try await control.query(
      "SELECT stream, lane, position, seen, applied FROM outbox.cursor WHERE stream > 0 ORDER BY stream, lane LIMIT 16384"
    )
    return try rows.decode((Int16, String, Int64, Int64, Date).self).compactMap { silo, lane, position, head, applied in
      RegionNumber(Int(silo)).map {
        UpstreamStatus(region: $0, lane: lane, position: position, head: head, applied: applied)
      }
    }
  }

  package static func regions(on control: ControlConnection) async throws -> [RegionStatus] {
    let rows = try await control.query(
      """
      SELECT r.number, s.seen, s.software, k.public_key,
        (SELECT count(*) FROM outbox.quarantine q WHERE q.stream = r.number),
        (SELECT count(*) FROM directory.organization_home h WHERE h.region_id = r.id AND h.state <> 'deleting'),
        (SELECT count(*) FROM directory.interest i WHERE i.region = r.number AND i.state = 'leaving')
      FROM control.region r LEFT JOIN control.agent_session s ON s.region_number = r.number
        LEFT JOIN control.region_key k ON k.thumbprint = s.thumbprint ORDER BY r.number LIMIT 4095
      """)
    return try rows.decode((Int16, Date?, String?, [UInt8]?, Int64, Int64, Int64).self).compactMap { row in
      RegionNumber(Int(row.0)).map {
        RegionStatus(
          number: $0, seen: row.1, software: row.2, agent: row.3.flatMap { VerificationKey(bytes: $0)?.fingerprint },
          quarantined: row.4, organizations: row.5, leaving: row.6)
      }
    }
  }

  /// An agent that waits while another one of its region is active.
  package struct Standby: Sendable, Hashable {
    package let region: RegionNumber
    package let agent: String
    package let seen: Date
  }

  /// The agents that stood by lately, by region. One that is gone is forgotten from the list after an hour.
  package static func standbys(on control: ControlConnection) async throws -> [Standby] {
    let rows = try await control.query(
      """
      SELECT b.region_number, k.public_key, b.seen FROM control.agent_standby b
      JOIN control.region_key k ON k.thumbprint = b.thumbprint
      WHERE k.state = 'active' AND b.seen > clock_timestamp() - interval '1 hour' ORDER BY b.region_number, b.since LIMIT 16384
      """)
    return try rows.decode((Int16, [UInt8], Date).self).compactMap { number, key, seen in
      guard let region = RegionNumber(Int(number)), let key = VerificationKey(bytes: key) else { return nil }
      return Standby(region: region, agent: key.fingerprint, seen: seen)
    }
  }

  /// Whether the database answers.
  package static func ping(on control: ControlConnection) async throws -> Bool {
    try await control.query("SELECT true").only().decode(Bool.self)
  }
}

extension StatusStore {
  /// The highest epoch ordinal of a region's log that was ever applied here; 0 for none.
  package static func highestEpoch(of region: RegionNumber, on control: ControlConnection) async throws -> Int32 {
    try await control.query(
      "SELECT coalesce(max(epoch), 0) FROM outbox.cursor WHERE stream = \(region.value)"
    ).only().decode(Int32.self)
  }

  /// The ordinal and id of control's own epoch.
  package static func epoch(on control: ControlConnection) async throws -> (ordinal: Int32, id: String)? {
    let rows = try await control.query(
      "SELECT e.ordinal, e.id FROM outbox.sequencer s JOIN outbox.epoch e ON e.ordinal = s.epoch")
    return try rows.decode((Int32, String).self).first.map { (ordinal: $0, id: $1) }
  }
}

extension StatusStore {
  /// Where control's own log stands, or nil before its first epoch.
  package static func log(on control: ControlConnection) async throws -> LogDescription? {
    guard let epoch = try await epoch(on: control), let head = try await head(on: control),
      let position = Position(head.head), let life = Epoch(ordinal: epoch.ordinal, id: epoch.id)
    else { return nil }
    return LogDescription(epoch: life, head: position)
  }
}
