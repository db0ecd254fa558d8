package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Logins of people at clients, each with its one code: the families of everything that was issued.
package enum AuthorizationStore {
  /// Whose login it is.
  package enum Party: Sendable, Hashable {
    case region(RegionNumber)
    case client(String)
  }

  /// Why a family ended.
  package enum Reason: String, Sendable, Hashable {
    case codeReuse = "code_reuse"
    case refreshReuse = "refresh_reuse"
    /// The client gave it back, or was revoked.
    case client
    case logout
    /// The person took consent back.
    case person
  }

  package struct Opening: Sendable {
    package let id: AuthorizationID
    package let party: Party
    package let user: UserID
    package let session: SessionID
    package let epoch: Int64
    package let scopes: [String]
    package let nonce: String?
    package let codeDigest: [UInt8]
    package let redirectURI: String
    package let challenge: [UInt8]
    package let codeExpires: Date
    package let expires: Date
  }

  /// A family with the person and the session as they are now.
  package struct Authorization: Sendable, Hashable {
    package let id: AuthorizationID
    package let party: Party
    package let user: UserID
    package let session: SessionID
    package let scopes: [String]
    package let nonce: String?
    package let redirectURI: String
    package let challenge: [UInt8]
    package let codeExpires: Date
    package let isCodeUsed: Bool
    package let isRevoked: Bool
    /// Whether the session goes on and the person may act, with nothing ended since.
    package let isLive: Bool
    /// The person's epoch of now.
    package let epoch: Int64
    package let authenticated: Date
    package let methods: [String]
    package let sessionExpires: Date
    package let name: String
    package let email: String
  }

  package static func insert(_ opening: Opening, on control: ControlConnection) async throws {
    var region: Int16?
    var client: String?
    switch opening.party {
    case .region(let number): region = number.value
    case .client(let id): client = id
    }
    try await control.execute(
      """
      INSERT INTO control.authorization (id, client_id, region_number, user_id, session_id, epoch, scopes, nonce,
        code_digest, redirect_uri, challenge, code_expires, expires)
      VALUES (\(opening.id.uuid), \(client), \(region), \(opening.user.uuid), \(opening.session.uuid), \(opening.epoch),
        \(opening.scopes), \(opening.nonce), \(opening.codeDigest), \(opening.redirectURI), \(opening.challenge),
        \(opening.codeExpires), \(opening.expires))
      """)
  }

  /// The family of a code, locked: of two exchanges the second sees that the first was.
  package static func lock(
    code digest: [UInt8], now: Date, on control: ControlConnection
  ) async throws -> Authorization? {
    try await find("a.code_digest = \(digest)", lock: "FOR UPDATE OF a", now: now, on: control)
  }

  /// The family, locked.
  package static func lock(
    _ id: AuthorizationID, now: Date, on control: ControlConnection
  ) async throws -> Authorization? {
    try await find("a.id = \(id.uuid)", lock: "FOR UPDATE OF a", now: now, on: control)
  }

  package static func find(
    _ id: AuthorizationID, now: Date, on control: ControlConnection
  ) async throws -> Authorization? {
    try await find("a.id = \(id.uuid)", lock: "", now: now, on: control)
  }

  private static func find(
    _ condition: SQL, lock: SQL, now: Date, on control: ControlConnection
  ) async throws -> Authorization? {
    let rows = try await control.query(
      """
      SELECT a.id, a.region_number, a.client_id, a.user_id, a.session_id, a.scopes, a.nonce, a.redirect_uri,
        a.challenge, a.code_expires, a.code_used IS NOT NULL, a.revoked IS NOT NULL,
        e.ended IS NULL AND e.expires > \(now) AND e.epoch >= s.epoch AND a.epoch >= s.epoch AND s.status = 'active',
        s.epoch, e.authenticated, e.methods, e.expires, u.name, u.email
      FROM control.authorization a
      JOIN control.session e ON e.id = a.session_id
      JOIN control.user_status s ON s.id = a.user_id
      JOIN control."user" u ON u.id = a.user_id
      WHERE \(condition) \(lock)
      """)
    return try rows.first.map { try authorization($0) }
  }

  private static func authorization(_ row: PostgresRow) throws -> Authorization {
    let (
      id, region, client, user, session, scopes, nonce, uri, challenge, expires, used, revoked, live, epoch,
      authenticated, methods, sessionExpires, name, email
    ) = try row.decode(
      (
        UUID, Int16?, String?, UUID, UUID, [String], String?, String, [UInt8], Date, Bool, Bool, Bool, Int64, Date,
        [String], Date, String, String
      ).self)
    let party: Party
    if let number = region.flatMap({ RegionNumber(Int($0)) }) {
      party = .region(number)
    } else if let client {
      party = .client(client)
    } else {
      throw PostgresError(code: .decoding, message: "an authorization of nobody")
    }
    return Authorization(
      id: AuthorizationID(id), party: party, user: UserID(user), session: SessionID(session), scopes: scopes,
      nonce: nonce, redirectURI: uri, challenge: challenge, codeExpires: expires, isCodeUsed: used,
      isRevoked: revoked, isLive: live, epoch: epoch, authenticated: authenticated, methods: methods,
      sessionExpires: sessionExpires, name: name, email: email)
  }

  package static func useCode(_ id: AuthorizationID, at now: Date, on control: ControlConnection) async throws {
    try await control.execute("UPDATE control.authorization SET code_used = \(now) WHERE id = \(id.uuid)")
  }

  /// Ends a family: its refresh tokens and access tokens are refused from now on. False when it had ended.
  package static func revoke(
    _ id: AuthorizationID, _ reason: Reason, at now: Date, on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      UPDATE control.authorization SET revoked = \(now), reason = \(reason.rawValue)
      WHERE id = \(id.uuid) AND revoked IS NULL
      """) == 1
  }

  /// A position that covers everything committed before this transaction, and this transaction.
  package static func position(on control: ControlConnection) async throws -> LoginPosition? {
    LoginPosition(try await control.query("SELECT control.login_position()").only().decode(String.self))
  }

  /// Forgets families of which nothing can be good any more; returns how many.
  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.authorization WHERE id IN (
        SELECT id FROM control.authorization WHERE expires < \(date) ORDER BY expires LIMIT \(limit)
        FOR UPDATE SKIP LOCKED)
      """)
  }
}
