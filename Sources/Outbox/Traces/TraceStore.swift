public import Postgres
internal import SyncProtocol

/// Which trace a transaction belongs to, for the few that are sampled. Kept beside the pointers and not in them.
public enum TraceStore {
  /// A traced transaction whose entries have their positions.
  package struct Sequenced: Sendable, Hashable {
    package let parent: String
    package let position: Int64
  }

  /// Traces that one batch carries at most, and one tick marks at most.
  package static let limit = 16

  /// Says which trace the caller's transaction belongs to. One that is not sampled or malformed is ignored.
  ///
  /// - Parameter parent: a `traceparent`.
  public static func note(_ parent: String, on connection: PostgresConnection) async throws {
    try await connection.execute("SELECT outbox.trace_transaction(\(parent))")
  }

  /// Marks the traced transactions among those that a tick gave positions, and forgets what is older than an hour.
  package static func sequenced(
    _ last: (UInt64) -> Int64?, on connection: PostgresConnection
  ) async throws -> [Sequenced] {
    let waiting = try await connection.query(
      "SELECT transaction, parent FROM outbox.trace WHERE position IS NULL ORDER BY created LIMIT \(Int64(limit))"
    ).decode((TransactionID, String).self)
    let found = waiting.compactMap { transaction, parent in
      last(transaction.rawValue).map { (transaction, parent, $0) }
    }
    guard !found.isEmpty else { return [] }
    try await connection.execute(
      """
      WITH gone AS (
        DELETE FROM outbox.trace WHERE created < clock_timestamp() - make_interval(hours => 1))
      UPDATE outbox.trace AS t SET position = n.position
      FROM unnest(\(found.map(\.0)), \(found.map(\.2))) AS n (transaction, position)
      WHERE t.transaction = n.transaction
      """)
    return found.map { Sequenced(parent: $0.1, position: $0.2) }
  }

  /// The traces of transactions whose last entry lies in an interval.
  package static func within(
    after: Int64, through: Int64, on connection: PostgresConnection
  ) async throws -> [String] {
    guard through > after else { return [] }
    return try await connection.query(
      """
      SELECT parent FROM outbox.trace WHERE position > \(after) AND position <= \(through)
      ORDER BY position LIMIT \(Int64(limit))
      """
    ).decode(String.self)
  }
}
