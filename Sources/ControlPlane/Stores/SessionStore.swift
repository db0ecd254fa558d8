package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo
internal import Web

/// Sessions at control, by digest.
package enum SessionStore {
  package struct Session: Sendable, Hashable {
    package let id: SessionID
    package let user: UserID
    /// The person's, of now.
    package let epoch: Int64
    /// When the person proved who they are.
    package let authenticated: Date
    /// How, in the words of RFC 8176: `pwd`, `otp`.
    package let methods: [String]
    package let seen: Date
    package let expires: Date
  }

  /// A session before it is one.
  package struct Opening: Sendable {
    package let id: SessionID
    package let user: UserID
    package let digest: [UInt8]
    package let epoch: Int64
    package let authenticated: Date
    package let methods: [String]
    package let expires: Date
    package let caller: Caller

    package init(
      id: SessionID, user: UserID, digest: [UInt8], epoch: Int64, authenticated: Date, methods: [String], expires: Date,
      caller: Caller
    ) {
      self.id = id
      self.user = user
      self.digest = digest
      self.epoch = epoch
      self.authenticated = authenticated
      self.methods = methods
      self.expires = expires
      self.caller = caller
    }
  }

  package static func insert(_ session: Opening, on control: ControlConnection) async throws {
    try await control.execute(
      """
      INSERT INTO control.session
        (id, user_id, digest, epoch, created, expires, authenticated, methods, user_agent, client, seen)
      VALUES (\(session.id.uuid), \(session.user.uuid), \(session.digest), \(session.epoch), \(session.authenticated),
        \(session.expires), \(session.authenticated), \(session.methods), \(session.caller.userAgent),
        \(session.caller.address.description), \(session.authenticated))
      """)
  }

  /// The live session of a token whose person may act.
  ///
  /// - Parameter idle: seconds after the last use from which it opens nothing.
  package static func find(
    digest: [UInt8], now: Date, idle: Int64, on control: ControlConnection
  ) async throws -> Session? {
    let unused = now.addingTimeInterval(-Double(idle))
    let rows = try await control.query(
      """
      SELECT e.id, e.user_id, s.epoch, e.authenticated, e.methods, e.seen, e.expires
      FROM control.session e JOIN control.user_status s ON s.id = e.user_id
      WHERE e.digest = \(digest) AND e.ended IS NULL AND e.expires > \(now) AND e.seen > \(unused)
        AND s.status = 'active' AND e.epoch >= s.epoch
      """)
    return try rows.decode((UUID, UUID, Int64, Date, [String], Date, Date).self).first.map { row in
      Session(
        id: SessionID(row.0), user: UserID(row.1), epoch: row.2, authenticated: row.3, methods: row.4, seen: row.5,
        expires: row.6)
    }
  }

  /// Notes that a session was used.
  package static func touch(_ session: SessionID, now: Date, on control: ControlConnection) async throws {
    try await control.execute("UPDATE control.session SET seen = \(now) WHERE id = \(session.uuid) AND seen < \(now)")
  }

  /// Ends a live session of a person; false when it is none. Those that it opened in regions end in the same transaction, by a trigger.
  package static func end(
    _ session: SessionID, of user: UserID, now: Date, on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      UPDATE control.session SET ended = \(now)
      WHERE id = \(session.uuid) AND user_id = \(user.uuid) AND ended IS NULL AND expires > \(now)
      """) == 1
  }

  /// Ends every session of a person.
  package static func endAll(of user: UserID, now: Date, on control: ControlConnection) async throws {
    try await control.execute(
      "UPDATE control.session SET ended = \(now) WHERE user_id = \(user.uuid) AND ended IS NULL")
  }

  /// Forgets sessions that ended or expired before `date`, at most `limit`; returns how many.
  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.session WHERE id IN (
        SELECT id FROM control.session WHERE expires < \(date) ORDER BY expires LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }
}

extension SessionStore {
  /// A session as its person sees it.
  package struct Listed: Sendable, Hashable {
    package let id: SessionID
    package let created: Date
    package let seen: Date
    package let expires: Date
    package let userAgent: String
    /// The address it was opened from.
    package let client: String
    package let methods: [String]
  }

  /// The live sessions of a person, the newest first.
  package static func list(
    of user: UserID, now: Date, limit: Int, on control: ControlConnection
  ) async throws -> [Listed] {
    let rows = try await control.query(
      """
      SELECT e.id, e.created, e.seen, e.expires, e.user_agent, e.client, e.methods
      FROM control.session e JOIN control.user_status s ON s.id = e.user_id
      WHERE e.user_id = \(user.uuid) AND e.ended IS NULL AND e.expires > \(now) AND e.epoch >= s.epoch
      ORDER BY e.created DESC, e.id DESC LIMIT \(limit)
      """)
    return try rows.decode((UUID, Date, Date, Date, String, String, [String]).self).map { row in
      Listed(
        id: SessionID(row.0), created: row.1, seen: row.2, expires: row.3, userAgent: row.4, client: row.5,
        methods: row.6)
    }
  }
}
