internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// What regions said about what is another's: organizations, project keys. It is refused and quarantined; here it is counted, and operators are told.
enum ForeignWordStore {
  /// Rows that are kept of one region: more say nothing new.
  private static let most = 1000

  /// Counts words about subjects, and alarms once for each. The subjects are different.
  static func note(
    _ subjects: [String], as kind: String, action: String, region: Int16, on connection: PostgresConnection
  ) async throws {
    guard !subjects.isEmpty else { return }
    try await connection.execute(
      """
      WITH noted AS (
        INSERT INTO directory.foreign_word AS w (region_number, kind, subject)
        SELECT \(region), \(kind), x.key FROM unnest(\(subjects)) AS x (key)
        WHERE (SELECT count(*) FROM directory.foreign_word k WHERE k.region_number = \(region)) < \(most)
        ORDER BY x.key
        ON CONFLICT (region_number, kind, subject) DO UPDATE SET words = w.words + 1, last = clock_timestamp()
        RETURNING w.kind, w.subject, w.words
      )
      INSERT INTO control.audit (actor_kind, actor, action, subject, alarm)
      SELECT 'region', \(region)::int2::text, \(action), n.kind || '/' || n.subject, true
      FROM noted n WHERE n.words = 1
      """)
  }

  /// Forgets what was last said long ago; returns how many.
  static func prune(olderThanDays days: Int, limit: Int, on connection: PostgresConnection) async throws -> Int {
    try await connection.execute(
      """
      DELETE FROM directory.foreign_word w USING (
        SELECT o.region_number, o.kind, o.subject FROM directory.foreign_word o
        WHERE o.last < clock_timestamp() - make_interval(days => \(days)::int4) LIMIT \(limit)) AS x
      WHERE w.region_number = x.region_number AND w.kind = x.kind AND w.subject = x.subject
      """)
  }
}
