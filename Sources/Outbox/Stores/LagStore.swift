public import Postgres
public import SyncProtocol

/// How far each receiver is behind, by this side's own log: for status pages and metrics.
public enum LagStore {
  public struct Lag: Sendable, Hashable {
    public let receiver: SiloNumber
    public let lane: Lane
    public let position: Position
    /// Entries of the log behind the cursor, whomever they concern.
    public let rows: Int64
    /// Seconds since the oldest entry behind the cursor was sequenced; 0 when there is none.
    public let seconds: Double
  }

  /// The log itself: its head, what waits for it, and its age.
  public struct Log: Sendable, Hashable {
    public let epoch: Int32
    public let head: Int64
    /// Committed changes without a position.
    public let pending: Int64
    /// Seconds since the leader's last heartbeat.
    public let heartbeatAge: Double
    public let quarantined: Int64
    public let nacks: Int64
  }

  public static func receivers(on connection: PostgresConnection) async throws -> [Lag] {
    try await connection.query(
      """
      SELECT r.silo, r.lane, r.position, GREATEST(s.head - r.position, 0),
        COALESCE((
          SELECT extract(epoch FROM clock_timestamp() - g.created)::float8 FROM outbox.segment AS g
          WHERE g.last > r.position ORDER BY g.last LIMIT 1), 0)
      FROM outbox.receiver AS r, outbox.sequencer AS s ORDER BY r.silo, r.lane
      """
    ).decode((Int16, String, Int64, Int64, Double).self).compactMap { silo, lane, position, rows, seconds in
      guard let silo = SiloNumber(Int(silo)), let lane = Lane(rawValue: lane), let position = Position(position) else {
        return nil
      }
      return Lag(receiver: silo, lane: lane, position: position, rows: rows, seconds: seconds)
    }
  }

  /// Nil before a sequencer ran.
  public static func log(on connection: PostgresConnection) async throws -> Log? {
    try await connection.query(
      """
      SELECT s.epoch, s.head,
        (SELECT count(*) FROM outbox.pending AS p WHERE p.seq > s.floor AND NOT pg_visible_in_snapshot(p.xid, s.done)),
        extract(epoch FROM clock_timestamp() - s.beat)::float8, (SELECT count(*) FROM outbox.quarantine),
        (SELECT count(*) FROM outbox.nack)
      FROM outbox.sequencer AS s WHERE s.epoch IS NOT NULL
      """
    ).first.map { row in
      let (epoch, head, pending, age, quarantined, nacks) = try row.decode(
        (Int32, Int64, Int64, Double, Int64, Int64).self)
      return Log(
        epoch: epoch, head: head, pending: pending, heartbeatAge: age, quarantined: quarantined, nacks: nacks)
    }
  }
}
