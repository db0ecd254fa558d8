package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Which region gets requests that name none, and what still relies on that.
package enum DefaultRegionStore {
  /// Requests of one pattern over some days.
  package struct Use: Sendable, Hashable {
    package let pattern: String
    package let requests: Int64
    package let last: Date
  }

  package static func find(on control: ControlConnection) async throws -> RegionNumber? {
    try await control.query("SELECT region_number FROM directory.default_region").decode(Int16.self).first
      .flatMap { RegionNumber(Int($0)) }
  }

  package static func set(_ region: RegionNumber, on control: ControlConnection) async throws {
    try await control.execute(
      """
      INSERT INTO directory.default_region (region_number) VALUES (\(region.value))
      ON CONFLICT (singleton) DO UPDATE SET region_number = EXCLUDED.region_number, since = clock_timestamp()
      """)
  }

  package static func clear(on control: ControlConnection) async throws -> Bool {
    try await control.execute("DELETE FROM directory.default_region") == 1
  }

  /// Patterns of one day that are told apart: strangers choose what they ask for.
  private static let patternsADay = 500

  /// Adds what one process counted; patterns beyond those of the day are counted as `(others)`.
  package static func add(_ counts: [String: Int64], at now: Date, on control: ControlConnection) async throws {
    let sorted = counts.sorted { $0.key < $1.key }
    try await control.execute(
      """
      WITH today AS (
        SELECT u.pattern, count(*) OVER () AS patterns FROM directory.default_use u
        WHERE u.day = (\(now) AT TIME ZONE 'UTC')::date
      ), named AS (
        SELECT CASE WHEN EXISTS (SELECT FROM today t WHERE t.pattern = x.pattern)
            OR COALESCE((SELECT max(t.patterns) FROM today t), 0) < \(patternsADay) THEN x.pattern ELSE '(others)' END AS pattern,
          x.requests
        FROM unnest(\(sorted.map(\.key)), \(sorted.map(\.value))) AS x (pattern, requests)
      )
      INSERT INTO directory.default_use AS u (pattern, day, requests, last)
      SELECT n.pattern, (\(now) AT TIME ZONE 'UTC')::date, sum(n.requests)::bigint, \(now) FROM named n GROUP BY n.pattern
      ON CONFLICT (pattern, day) DO UPDATE SET requests = u.requests + EXCLUDED.requests, last = EXCLUDED.last
      """)
  }

  /// What relied on it since, the most frequent first.
  package static func uses(since: Date, limit: Int, on control: ControlConnection) async throws -> [Use] {
    try await control.query(
      """
      SELECT u.pattern, sum(u.requests)::bigint, max(u.last) FROM directory.default_use u
      WHERE u.day >= (\(since) AT TIME ZONE 'UTC')::date
      GROUP BY u.pattern ORDER BY 2 DESC, 1 LIMIT \(limit)
      """
    ).decode((String, Int64, Date).self).map { Use(pattern: $0, requests: $1, last: $2) }
  }

  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM directory.default_use u USING (
        SELECT d.pattern, d.day FROM directory.default_use d
        WHERE d.day < (\(date) AT TIME ZONE 'UTC')::date LIMIT \(limit)) AS x
      WHERE u.pattern = x.pattern AND u.day = x.day
      """)
  }
}
