package import FoundationEssentials
internal import Outbox
package import Postgres
package import Silo

/// In which regions a session at control has opened one of their own, or got an access token for, and for which regions a family of tokens got one.
/// Ending `control.session` or `control.authorization` ends them in the same transaction, by triggers.
package enum SessionRegionStore {
  /// Whether a region hears of the session's end already, and that has not come.
  package static func isNoted(
    _ session: SessionID, in region: RegionNumber, on control: ControlConnection
  ) async throws -> Bool {
    try await isNoted(session.uuid, in: region, on: control)
  }

  /// Whether a region hears of the end of a family already, and that has not come.
  package static func isNoted(
    _ family: AuthorizationID, in region: RegionNumber, on control: ControlConnection
  ) async throws -> Bool {
    try await isNoted(family.uuid, in: region, on: control)
  }

  private static func isNoted(
    _ basis: UUID, in region: RegionNumber, on control: ControlConnection
  ) async throws -> Bool {
    try await control.query(
      """
      SELECT EXISTS (
        SELECT FROM control.session_region s JOIN control.control_session c ON c.id = s.session_id
        WHERE s.session_id = \(basis) AND s.region = \(region.value) AND s.left_by IS NULL AND c.state = 'live')
      """
    ).only().decode(Bool.self)
  }

  /// Tells a region of a session, or of nothing when the session has ended; false then. Call inside a transaction that changes something.
  package static func note(
    _ session: SessionID, in region: RegionNumber, on control: ControlConnection
  ) async throws -> Bool {
    // The lock lets no end pass between the look and the row.
    let live = try await control.query(
      """
      SELECT user_id, extract(epoch FROM expires)::int8 FROM control.session
      WHERE id = \(session.uuid) AND ended IS NULL FOR SHARE
      """)
    guard let (user, expires) = try live.decode((UUID, Int64).self).first else { return false }
    return try await note(session.uuid, of: user, until: expires, in: region, on: control)
  }

  /// Tells a region of a family, or of nothing when that has ended; false then. Call inside a transaction that holds the family's lock.
  package static func note(
    _ family: AuthorizationID, in region: RegionNumber, on control: ControlConnection
  ) async throws -> Bool {
    let live = try await control.query(
      """
      SELECT user_id, ceil(extract(epoch FROM expires))::int8 FROM control.authorization
      WHERE id = \(family.uuid) AND revoked IS NULL FOR SHARE
      """)
    guard let (user, expires) = try live.decode((UUID, Int64).self).first else { return false }
    return try await note(family.uuid, of: user, until: expires, in: region, on: control)
  }

  private static func note(
    _ basis: UUID, of user: UUID, until expires: Int64, in region: RegionNumber, on control: ControlConnection
  ) async throws -> Bool {
    // Also when the row is there: its pointer tells the region that is added.
    try await control.execute(
      """
      INSERT INTO control.control_session AS c (id, user_id, state, expires)
      VALUES (\(basis), \(user), 'live', \(expires))
      ON CONFLICT (id) DO UPDATE SET expires = EXCLUDED.expires WHERE c.state = 'live'
      """)
    let noted = try await control.execute(
      """
      INSERT INTO control.session_region (session_id, region)
      SELECT c.id, \(region.value) FROM control.control_session c WHERE c.id = \(basis) AND c.state = 'live'
      ON CONFLICT (session_id, region) DO UPDATE SET region = EXCLUDED.region
      """)
    return noted == 1
  }

  /// Lets sessions and families that expired before `date` go from their regions, at most `limit`; returns how many.
  package static func lapse(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      WITH over AS (
        UPDATE control.control_session SET state = 'lapsed' WHERE id IN (
          SELECT id FROM control.control_session
          WHERE expires < \(Int64(date.timeIntervalSince1970)) AND state <> 'lapsed'
          ORDER BY expires LIMIT \(limit) FOR UPDATE SKIP LOCKED)
        RETURNING id)
      UPDATE control.session_region s SET left_by = pg_current_xact_id() FROM over WHERE s.session_id = over.id
      """)
  }

  /// Forgets what a region has removed: it applied everything that `snapshot` sees.
  package static func forget(
    _ region: Int16, appliedBy snapshot: String, on connection: PostgresConnection
  ) async throws {
    try await connection.enqueue(
      """
      WITH gone AS (
        DELETE FROM control.session_region s WHERE s.region = \(region) AND s.left_by IS NOT NULL
          AND pg_visible_in_snapshot(s.left_by, \(snapshot)::text::pg_snapshot)
        RETURNING s.session_id)
      DELETE FROM control.control_session c USING gone
      WHERE c.id = gone.session_id AND c.state = 'lapsed' AND NOT EXISTS (
        SELECT FROM control.session_region o WHERE o.session_id = c.id AND o.region <> \(region))
      """)
  }
}
