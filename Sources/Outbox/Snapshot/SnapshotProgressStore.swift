package import Postgres
internal import SyncProtocol

/// What people see of snapshots, on either side.
package enum SnapshotProgressStore {
  /// Snapshots that this silo takes.
  static func taking(on connection: PostgresConnection) async throws -> [SnapshotProgress] {
    try await connection.query(
      """
      SELECT c.stream, (array_agg(s.kind ORDER BY s.updated DESC) FILTER (WHERE s.rows > 0 OR s.done))[1],
        COALESCE(sum(s.rows), 0)::int8, sum(s.expected)::int8,
        COALESCE((array_agg(s.rate ORDER BY s.updated DESC) FILTER (WHERE s.rate > 0))[1], 0),
        COALESCE(extract(epoch FROM clock_timestamp() - min(s.started)), 0)::float8,
        COALESCE(extract(epoch FROM clock_timestamp() - max(s.updated)), 0)::float8
      FROM (
        SELECT DISTINCT stream FROM outbox.cursor WHERE resync_epoch IS NOT NULL AND resync_token IS NULL) AS c
      LEFT JOIN outbox.snapshot AS s ON s.stream = c.stream
      GROUP BY c.stream ORDER BY c.stream
      """
    ).decode((Int16, String?, Int64, Int64?, Double, Double, Double).self).compactMap { row in
      SiloNumber(Int(row.0)).map {
        SnapshotProgress(
          stream: $0, kind: row.1, rows: row.2, expected: row.3, rate: row.4, seconds: row.5, idleSeconds: row.6)
      }
    }
  }

  /// Snapshots that other silos take of this one's rows: what they said with their last request, not longer than ten seconds ago.
  package static func serving(on connection: PostgresConnection) async throws -> [SnapshotProgress] {
    try await connection.query(
      """
      SELECT silo, snapshot_rows, snapshot_expected,
        snapshot_rows / GREATEST(extract(epoch FROM snapshot_seen - snapshot_started), 0.001)::float8,
        extract(epoch FROM clock_timestamp() - snapshot_started)::float8,
        extract(epoch FROM clock_timestamp() - snapshot_seen)::float8
      FROM outbox.peer
      WHERE snapshot_seen > clock_timestamp() - make_interval(secs => 10) AND snapshot_rows IS NOT NULL ORDER BY silo
      """
    ).decode((Int16, Int64, Int64?, Double, Double, Double).self).compactMap { row in
      SiloNumber(Int(row.0)).map {
        SnapshotProgress(
          stream: $0, kind: nil, rows: row.1, expected: row.2, rate: row.3, seconds: row.4, idleSeconds: row.5)
      }
    }
  }
}
