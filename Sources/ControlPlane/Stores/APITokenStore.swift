package import FoundationEssentials
internal import Outbox
package import Postgres
package import Silo

/// API tokens, by digest and never by text.
package enum APITokenStore {
  /// A token as its people see it.
  package struct Listed: Sendable, Hashable {
    package let id: APITokenID
    package let organization: OrganizationID
    package let user: UserID
    package let name: String
    package let scopes: [String]
    package let created: Date
    package let expires: Date
    /// `active` or `revoked`; one that expired stays `active`.
    package let state: String
  }

  package static func insert(_ token: Listed, digest: [UInt8], on control: ControlConnection) async throws {
    try await control.execute(
      """
      INSERT INTO control.api_token (id, organization_id, user_id, name, digest, scopes, created, expires)
      VALUES (\(token.id.uuid), \(token.organization.uuid), \(token.user.uuid), \(token.name), \(digest),
        \(token.scopes.joined(separator: " ")), \(token.created), \(Int64(token.expires.timeIntervalSince1970)))
      """)
  }

  /// Active tokens of an organization that have not expired. Call under the organization's lock to count on it.
  package static func count(_ organization: OrganizationID, now: Date, on control: ControlConnection) async throws
    -> Int64
  {
    try await control.query(
      """
      SELECT count(*) FROM control.api_token WHERE organization_id = \(organization.uuid) AND state = 'active'
        AND expires > \(Int64(now.timeIntervalSince1970))
      """
    ).only().decode(Int64.self)
  }

  /// The newest first. `user` narrows to what one person made.
  package static func list(
    _ organization: OrganizationID, of user: UserID?, limit: Int, on control: ControlConnection
  ) async throws -> [Listed] {
    try await control.query(
      """
      \(selection) WHERE t.organization_id = \(organization.uuid) AND t.state <> 'lapsed'
        AND (\(user?.uuid) IS NULL OR t.user_id = \(user?.uuid))
      ORDER BY t.id DESC LIMIT \(limit)
      """
    ).map(listed)
  }

  package static func find(_ token: APITokenID, on control: ControlConnection) async throws -> Listed? {
    try await control.query("\(selection) WHERE t.id = \(token.uuid) AND t.state <> 'lapsed'").first.map(listed)
  }

  /// Ends a token; false when it had ended.
  package static func revoke(_ token: APITokenID, on control: ControlConnection) async throws -> Bool {
    try await control.execute(
      """
      UPDATE control.api_token SET state = 'revoked', ended = clock_timestamp()
      WHERE id = \(token.uuid) AND state = 'active'
      """) == 1
  }

  /// Lets tokens that expired or were revoked before `date` go, at most `limit`; returns how many.
  package static func lapse(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      UPDATE control.api_token SET state = 'lapsed', left_by = pg_current_xact_id() WHERE id IN (
        SELECT id FROM control.api_token
        WHERE state <> 'lapsed' AND (expires < \(Int64(date.timeIntervalSince1970)) OR ended < \(date))
        ORDER BY expires LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }

  /// Forgets what a region has removed: it applied everything that `snapshot` sees.
  package static func forget(
    _ region: Int16, appliedBy snapshot: String, on connection: PostgresConnection
  ) async throws {
    try await connection.enqueue(
      """
      DELETE FROM control.api_token t USING directory.organization_home h
      WHERE t.state = 'lapsed' AND h.id = t.organization_id AND h.region_number = \(region)
        AND pg_visible_in_snapshot(t.left_by, \(snapshot)::text::pg_snapshot)
      """)
  }

  private static let selection: SQL =
    "SELECT t.id, t.organization_id, t.user_id, t.name, t.scopes, t.created, t.expires, t.state FROM control.api_token t"

  private static func listed(_ row: PostgresRow) throws -> Listed {
    let (id, organization, user, name, scopes, created, expires, state) = try row.decode(
      (UUID, UUID, UUID, String, String, Date, Int64, String).self)
    return Listed(
      id: APITokenID(id), organization: OrganizationID(organization), user: UserID(user), name: name,
      scopes: scopes.split(separator: " ").map(String.init), created: created,
      expires: Date(timeIntervalSince1970: Double(expires)), state: state)
  }
}
