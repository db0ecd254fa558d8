internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo

/// The region's own sessions of browsers.
enum BrowserSessionStore {
  /// What a new session begins with.
  struct Opening: Sendable {
    let id: BrowserSessionID
    let digest: [UInt8]
    let user: UserID
    let controlSession: SessionID
    let epoch: Int64
    let methods: [String]
    let authenticated: Date
    let now: Date
    let expires: Date
  }

  static func insert(_ session: Opening, on connection: RegionConnection) async throws {
    try await connection.execute(
      """
      INSERT INTO region.browser_session
        (id, digest, user_id, control_session, epoch, methods, authenticated, created, seen, expires)
      VALUES (\(session.id), \(session.digest), \(session.user), \(session.controlSession), \(session.epoch),
        \(session.methods.joined(separator: " ")), \(session.authenticated), \(session.now), \(session.now),
        \(session.expires))
      """)
  }

  /// Ends the session of a cookie; returns the session at control that it rested on.
  static func end(_ digest: [UInt8], on connection: RegionConnection) async throws -> SessionID? {
    try await connection.query("DELETE FROM region.browser_session WHERE digest = \(digest) RETURNING control_session")
      .decode(UUID.self).first.map { SessionID($0) }
  }

  /// Notes when sessions and API tokens were used last.
  static func touch(
    sessions: [BrowserSessionID], tokens: [APITokenID], now: Date, on connection: RegionConnection
  ) async throws {
    if !sessions.isEmpty {
      try await connection.execute(
        "UPDATE region.browser_session SET seen = \(now) WHERE id = ANY(\(sessions.map(\.uuid))) AND seen < \(now)")
    }
    if !tokens.isEmpty {
      try await connection.execute(
        """
        INSERT INTO region.api_token_use AS u (token_id, used) SELECT k.id, \(now) FROM unnest(\(tokens.map(\.uuid))) AS k (id)
        ON CONFLICT (token_id) DO UPDATE SET used = EXCLUDED.used WHERE u.used < EXCLUDED.used
        """)
    }
  }

  /// Deletes sessions that are over, at most `limit`, and traces of API tokens that are gone; returns how many sessions.
  static func prune(now: Date, idle: Int64, limit: Int, on connection: RegionConnection) async throws -> Int {
    try await connection.execute(
      """
      DELETE FROM region.api_token_use AS u
      WHERE u.used < \(now.addingTimeInterval(-86_400)) AND NOT EXISTS (SELECT FROM replica.api_token AS t WHERE t.id = u.token_id)
      """)
    return try await connection.execute(
      """
      DELETE FROM region.browser_session WHERE id IN (
        SELECT b.id FROM region.browser_session AS b
        WHERE b.expires < \(now) OR b.seen < \(now.addingTimeInterval(-Double(idle)))
          OR NOT EXISTS (
            SELECT FROM replica.control_session AS c WHERE c.id = b.control_session AND c.state = 'live')
        LIMIT \(Int64(limit)))
      """)
  }
}
