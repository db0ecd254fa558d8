internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Credentials by digest; no text of one ever enters a statement.
enum CredentialStore {
  /// The session of a cookie, whatever has become of it; nil when there is none.
  static func session(_ digest: [UInt8], on connection: RegionConnection) async throws -> StoredSession? {
    let rows = try await connection.query(
      """
      SELECT b.id, b.user_id, b.control_session, b.epoch, extract(epoch FROM b.seen)::int8,
        extract(epoch FROM b.expires)::int8, c.id IS NOT NULL, coalesce(c.expires, 0)
      FROM region.browser_session AS b LEFT JOIN replica.control_session AS c
        ON c.id = b.control_session AND c.user_id = b.user_id AND c.state = 'live'
      WHERE b.digest = \(digest)
      """)
    return try rows.decode((UUID, UUID, UUID, Int64, Int64, Int64, Bool, Int64).self).first.map { row in
      StoredSession(
        id: BrowserSessionID(row.0), user: UserID(row.1), controlSession: SessionID(row.2), epoch: row.3, seen: row.4,
        expires: row.5, isLiveAtControl: row.6, controlExpires: row.7)
    }
  }

  /// Whether a session at control, or a family of tokens, is here and not live. One that is not here is on its way, or was never told of.
  static func hasEnded(_ basis: UUID, on connection: RegionConnection) async throws -> Bool {
    try await connection.query(
      "SELECT EXISTS (SELECT FROM replica.control_session WHERE id = \(basis) AND state <> 'live')"
    ).only().decode(Bool.self)
  }

  static func apiTokens(
    of organization: OrganizationID, _ request: PageRequest, on connection: RegionConnection
  ) async throws -> Page<UsedAPIToken> {
    let rows = try await connection.query(
      """
      SELECT t.id, t.user_id, t.scopes, t.expires, u.used
      FROM replica.api_token AS t LEFT JOIN region.api_token_use AS u ON u.token_id = t.id
      WHERE t.organization_id = \(organization) AND (\(request.after) IS NULL OR t.id > \(request.after))
      ORDER BY t.id LIMIT \(Int64(request.limit) + 1)
      """)
    let tokens = try rows.decode((UUID, UUID, String, Int64, Date?).self).map { row in
      UsedAPIToken(
        token: StoredAPIToken(
          id: APITokenID(row.0), organization: organization, user: UserID(row.1), scopes: APITokenScope.list(row.2),
          expires: row.3), lastUsed: row.4)
    }
    return request.page(tokens, id: \.token.id.uuid)
  }

  /// The API token of a digest. Two rows carry one digest only if somebody broke SHA-256: the newer one counts.
  static func apiToken(_ digest: [UInt8], on connection: RegionConnection) async throws -> StoredAPIToken? {
    let rows = try await connection.query(
      """
      SELECT id, organization_id, user_id, scopes, expires FROM replica.api_token
      WHERE digest = \(Hexadecimal.encode(digest)) ORDER BY _epoch DESC, _head DESC LIMIT 1
      """)
    return try rows.decode((UUID, UUID, UUID, String, Int64).self).first.map { row in
      StoredAPIToken(
        id: APITokenID(row.0), organization: OrganizationID(row.1), user: UserID(row.2),
        scopes: APITokenScope.list(row.3), expires: row.4)
    }
  }
}
