internal import Postgres
internal import SyncProtocol

/// Forgets what nobody needs any more: pending partitions behind the floor, segments behind every cursor, expired nonces.
struct RetentionStore {
  /// Nonces deleted at once.
  static let nonceBatch: Int64 = 10_000

  let retention: LogRetention
  /// The low-water mark of the tidying before. Only what is behind *it* is truncated, for the same reason.
  private var previousLowWater: Int64 = 0

  init(retention: LogRetention) {
    self.retention = retention
  }

  /// Operation 8. Every part may fail without harm.
  mutating func tidy(lowWater: Int64, on connection: PostgresConnection) async throws {
    let safe = min(lowWater, retention.readerGrace > .zero ? previousLowWater : lowWater)
    previousLowWater = lowWater
    for partition in 0..<4 {
      try await truncatePending(partition, lowWater: safe, on: connection)
    }
    try await raiseBound(on: connection)
    for partition in 0..<8 {
      try await truncateSegments(partition, on: connection)
    }
    try await connection.execute(
      """
      DELETE FROM outbox.nonce WHERE (keyid, nonce) IN
        (SELECT n.keyid, n.nonce FROM outbox.nonce AS n WHERE n.expires < clock_timestamp() LIMIT \(Self.nonceBatch))
      """)
  }

  private func truncatePending(_ partition: Int, lowWater: Int64, on connection: PostgresConnection) async throws {
    let table = SQL(raw: "outbox.pending_\(partition)")
    // Neither the partition that is being filled nor an empty one.
    let check: SQL = """
      SELECT COALESCE((SELECT max(p.seq) FROM \(table) AS p) <= \(lowWater), false)
        AND (SELECT (q.last_value >> 16) & 3 FROM outbox.pending_seq AS q) <> \(Int64(partition))
      """
    guard try await connection.query(check).only().decode(Bool.self) else { return }
    try await truncate(table, after: check, on: connection)
  }

  private func raiseBound(on connection: PostgresConnection) async throws {
    var bound: SQL = """
      GREATEST(
        (SELECT s.head FROM outbox.sequencer AS s) - \(retention.maximumEntries),
        LEAST((SELECT min(r.position) FROM outbox.receiver AS r), (SELECT s.head FROM outbox.sequencer AS s)))
      """
    bound = "(SELECT \(bound))"
    var partitions: SQL = ""
    for partition in 0..<8 {
      if partition > 0 { partitions += " UNION ALL " }
      partitions += SQL(raw: "SELECT max(g.last) AS last FROM outbox.segment_\(partition) AS g")
    }
    try await connection.execute(
      """
      UPDATE outbox.sequencer AS s SET pruned = n.last, pruned_at = clock_timestamp()
      FROM (
        SELECT max(p.last) AS last FROM (\(partitions)) AS p
        WHERE p.last <= \(bound) AND p.last < (SELECT max(g.last) FROM outbox.segment AS g)
      ) AS n
      WHERE n.last > s.pruned
      """)
  }

  private func truncateSegments(_ partition: Int, on connection: PostgresConnection) async throws {
    let table = SQL(raw: "outbox.segment_\(partition)")
    let check: SQL = """
      SELECT COALESCE((SELECT max(g.last) FROM \(table) AS g) <= s.pruned, false)
        AND s.pruned_at < clock_timestamp() - make_interval(secs => \(retention.readerGrace.seconds))
      FROM outbox.sequencer AS s
      """
    guard try await connection.query(check).only().decode(Bool.self) else { return }
    try await truncate(table, after: check, on: connection)
  }

  /// Truncates under a lock that is not waited for long, if `check` still holds under it: a writer that came first keeps its rows.
  private func truncate(_ table: SQL, after check: SQL, on connection: PostgresConnection) async throws {
    do {
      try await connection.withTransaction { connection in
        try await connection.execute("SELECT set_config('lock_timeout', '50ms', true)")
        try await connection.execute("LOCK TABLE \(table) IN ACCESS EXCLUSIVE MODE")
        guard try await connection.query(check).only().decode(Bool.self) else { return }
        try await connection.execute("TRUNCATE \(table)")
      }
    } catch let error as PostgresError where error.sqlState?.isRetryable ?? false {
      return  // Somebody uses the partition: the next tidying tries again.
    }
  }
}

extension Duration {
  /// Whole and fractional seconds.
  package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }

  /// Whole milliseconds.
  package var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
