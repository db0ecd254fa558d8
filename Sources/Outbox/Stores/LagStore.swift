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
    /// Seconds since the oldest entry of the lane behind the cursor was sequenced; 0 when there is none.
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
    /// Seconds since everything committed had its position; nil before the first complete tick.
    public let completeAge: Double?
  }

  /// How far this silo has applied another's log, by what it has seen of it.
  public struct Applied: Sendable, Hashable {
    public let stream: SiloNumber
    public let lane: Lane
    public let position: Int64
    /// The highest head that a batch named.
    public let head: Int64
    /// Seconds since a batch was applied.
    public let appliedAge: Double
    /// Age of the source's word that nothing was missing, by both clocks; nil before the first such word.
    public let completeAge: Double?
  }

  public static func receivers(on connection: PostgresConnection) async throws -> [Lag] {
    try await connection.query(
      """
      SELECT r.silo, r.lane, r.position, GREATEST(s.head - r.position, 0),
        COALESCE((
          SELECT extract(epoch FROM clock_timestamp() - g.created)::float8 FROM outbox.segment AS g
          WHERE g.last > r.position
            AND g.lanes & CASE r.lane WHEN 'priority' THEN 1 WHEN 'main' THEN 2 ELSE 4 END <> 0
          ORDER BY g.last LIMIT 1), 0)
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
        (SELECT count(*) FROM outbox.nack),
        CASE WHEN s.complete_as_of > 0
          THEN (extract(epoch FROM clock_timestamp()) - s.complete_as_of / 1000000.0)::float8 END
      FROM outbox.sequencer AS s WHERE s.epoch IS NOT NULL
      """
    ).first.map { row in
      let (epoch, head, pending, age, quarantined, nacks, complete) = try row.decode(
        (Int32, Int64, Int64, Double, Int64, Int64, Double?).self)
      return Log(
        epoch: epoch, head: head, pending: pending, heartbeatAge: age, quarantined: quarantined, nacks: nacks,
        completeAge: complete)
    }
  }

  /// Every lane of every log that is applied here.
  public static func applied(on connection: PostgresConnection) async throws -> [Applied] {
    try await connection.query(
      """
      SELECT c.stream, c.lane, c.position, GREATEST(c.seen, c.position),
        extract(epoch FROM clock_timestamp() - c.applied)::float8,
        CASE WHEN c.complete_as_of > 0
          THEN (extract(epoch FROM clock_timestamp()) - c.complete_as_of / 1000000.0)::float8 END
      FROM outbox.cursor AS c ORDER BY c.stream, c.lane
      """
    ).decode((Int16, String, Int64, Int64, Double, Double?).self).compactMap { row in
      guard let stream = SiloNumber(Int(row.0)), let lane = Lane(rawValue: row.1) else { return nil }
      return Applied(
        stream: stream, lane: lane, position: row.2, head: row.3, appliedAge: max(0, row.4), completeAge: row.5)
    }
  }

  /// Rows in quarantine here by the stream they came from, and rows that receivers reported lately.
  public static func refused(
    on connection: PostgresConnection
  ) async throws -> (quarantined: [SiloNumber: Int64], reported: [SiloNumber: Int64]) {
    func counts(_ query: SQL) async throws -> [SiloNumber: Int64] {
      let rows = try await connection.query(query).decode((Int16, Int64).self)
      return Dictionary(rows.compactMap { row in SiloNumber(Int(row.0)).map { ($0, row.1) } }) { $1 }
    }
    return (
      try await counts("SELECT stream, count(*) FROM outbox.quarantine GROUP BY stream"),
      try await counts(
        """
        SELECT silo, count(*) FROM outbox.nack WHERE last_seen > clock_timestamp() - make_interval(mins => 2)
        GROUP BY silo
        """)
    )
  }

  /// Deliveries to applications that wait, and those that were given up.
  public static func webhooks(on connection: PostgresConnection) async throws -> (waiting: Int64, dead: Int64) {
    try await connection.query(
      """
      SELECT count(*) FILTER (WHERE d.state = 'waiting'), count(*) FILTER (WHERE d.state = 'dead')
      FROM outbox.webhook_delivery AS d
      """
    ).only().decode((Int64, Int64).self)
  }
}
