internal import Postgres

/// What stands in the way of listening for decoded commits.
public enum DecodingObstacle: String, Sendable, Hashable, CaseIterable {
  /// `wal_level` is not `logical`; changing it needs a restart of the server.
  case walLevel = "wal_level"
  /// The role may not replicate: `ALTER ROLE … REPLICATION`.
  case right
  /// The publication `atoll_pending` is missing: whoever migrated had no right to create one in the database.
  case publication
  /// This server is a standby; it decodes nothing before PostgreSQL 16, and nobody writes here.
  case standby
  /// All of the server's replication slots are taken (`max_replication_slots`).
  case slots
  /// The connection could not be made, or was lost.
  case connection
}

/// Reads what logical decoding needs.
enum DecodingStore {
  /// The publication of `outbox.pending` (migration `doorbell`).
  static let publication = "atoll_pending"

  /// What can be known beforehand to be in the way; nil when it is worth trying.
  static func obstacle(on connection: PostgresConnection) async throws -> DecodingObstacle? {
    let row = try await connection.query(
      """
      SELECT pg_is_in_recovery(), current_setting('wal_level') = 'logical',
        COALESCE((SELECT r.rolreplication OR r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user), false),
        EXISTS (SELECT FROM pg_publication AS p WHERE p.pubname = \(publication)::text)
      """
    ).only()
    let (isStandby, isLogical, mayReplicate, isPublished) = try row.decode((Bool, Bool, Bool, Bool).self)
    if isStandby { return .standby }
    if !isLogical { return .walLevel }
    if !mayReplicate { return .right }
    return isPublished ? nil : .publication
  }
}
