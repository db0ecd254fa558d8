package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Third-party clients of the OpenID provider and the digests of their secrets.
package enum ClientStore {
  /// How a client proves at the token endpoint who it is (OpenID Connect Core §9).
  package enum Method: String, Sendable, Hashable, CaseIterable {
    /// A public client: PKCE alone.
    case none
    case basic = "client_secret_basic"
    case post = "client_secret_post"
    case privateKey = "private_key_jwt"

    package var hasSecret: Bool { self == .basic || self == .post }
  }

  package struct Client: Sendable, Hashable {
    package let id: String
    package var name: String
    package var authentication: Method
    package var redirectURIs: [String]
    package var logoutURIs: [String]
    package var origins: [String]
    package var scopes: [String]
    /// A JWK set as it was re-serialized; only with ``Method/privateKey``.
    package var keys: String?
    package var isTrusted: Bool
    /// Where the client is told that a login has ended.
    package var backchannelLogoutURI: String?
    package var created = Date(timeIntervalSince1970: 0)
    package var revoked: Date?

    package init(
      id: String, name: String, authentication: Method, redirectURIs: [String], logoutURIs: [String],
      origins: [String], scopes: [String], keys: String?, isTrusted: Bool
    ) {
      self.id = id
      self.name = name
      self.authentication = authentication
      self.redirectURIs = redirectURIs
      self.logoutURIs = logoutURIs
      self.origins = origins
      self.scopes = scopes
      self.keys = keys
      self.isTrusted = isTrusted
    }
  }

  package static func insert(_ client: Client, by actor: OperatorID, on control: ControlConnection) async throws {
    try await control.execute(
      """
      INSERT INTO control.client
        (id, name, authentication, redirect_uris, logout_uris, origins, scopes, keys, trusted, created_by,
          backchannel_logout_uri)
      VALUES (\(client.id), \(client.name), \(client.authentication.rawValue), \(client.redirectURIs),
        \(client.logoutURIs), \(client.origins), \(client.scopes), \(client.keys), \(client.isTrusted), \(actor.uuid),
        \(client.backchannelLogoutURI))
      """)
  }

  private static let columns: SQL =
    "id, name, authentication, redirect_uris, logout_uris, origins, scopes, keys, trusted, created, revoked,"
    + " backchannel_logout_uri"

  /// - Parameter locking: takes the row's lock, so that changes of one client follow each other.
  package static func find(
    _ id: String, locking: Bool = false, on control: ControlConnection
  ) async throws -> Client? {
    let lock: SQL = locking ? "FOR UPDATE" : ""
    return try clients(
      try await control.query("SELECT \(columns) FROM control.client WHERE id = \(id) \(lock)")
    ).first
  }

  package static func all(limit: Int, on control: ControlConnection) async throws -> [Client] {
    try clients(
      try await control.query("SELECT \(columns) FROM control.client ORDER BY created, id LIMIT \(limit)"))
  }

  package static func count(on control: ControlConnection) async throws -> Int64 {
    try await control.query("SELECT count(*) FROM control.client WHERE revoked IS NULL").only().decode(Int64.self)
  }

  /// Whether any client may be a script of this origin.
  package static func knows(origin: String, on control: ControlConnection) async throws -> Bool {
    try await control.query(
      "SELECT EXISTS (SELECT FROM control.client WHERE revoked IS NULL AND origins @> \([origin]))"
    ).only().decode(Bool.self)
  }

  /// Ends a client with its secrets; what it was given ends with it. False when it was over already.
  package static func revoke(_ id: String, at now: Date, on control: ControlConnection) async throws -> Bool {
    let revoked = try await control.execute(
      "UPDATE control.client SET revoked = \(now) WHERE id = \(id) AND revoked IS NULL")
    try await control.execute("DELETE FROM control.client_secret WHERE client_id = \(id)")
    try await control.execute("DELETE FROM control.consent WHERE client_id = \(id)")
    try await control.execute(
      """
      UPDATE control.authorization SET revoked = \(now), reason = 'client' WHERE client_id = \(id) AND revoked IS NULL
      """)
    return revoked == 1
  }

  private static func clients(_ rows: PostgresRows) throws -> [Client] {
    try rows.decode(
      (String, String, String, [String], [String], [String], [String], String?, Bool, Date, Date?, String?).self
    ).map { row in
      guard let authentication = Method(rawValue: row.2) else {
        throw PostgresError(code: .decoding, message: "a client's row is not of this version")
      }
      var client = Client(
        id: row.0, name: row.1, authentication: authentication, redirectURIs: row.3, logoutURIs: row.4,
        origins: row.5, scopes: row.6, keys: row.7, isTrusted: row.8)
      client.created = row.9
      client.revoked = row.10
      client.backchannelLogoutURI = row.11
      return client
    }
  }
}

extension ClientStore {
  package static func addSecret(
    _ digest: [UInt8], of client: String, at now: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      "INSERT INTO control.client_secret (digest, client_id, created) VALUES (\(digest), \(client), \(now))")
  }

  /// Lets every secret of a client end by `date`; those that end before go on to do so.
  package static func endSecrets(of client: String, by date: Date, on control: ControlConnection) async throws {
    try await control.execute(
      """
      UPDATE control.client_secret SET expires = \(date)
      WHERE client_id = \(client) AND (expires IS NULL OR expires > \(date))
      """)
  }

  /// The digests that are good now.
  package static func secrets(
    of client: String, at now: Date, on control: ControlConnection
  ) async throws -> [[UInt8]] {
    try await control.query(
      """
      SELECT digest FROM control.client_secret
      WHERE client_id = \(client) AND (expires IS NULL OR expires > \(now)) ORDER BY created DESC LIMIT 8
      """
    ).decode([UInt8].self)
  }

  /// Forgets secrets that ended.
  package static func pruneSecrets(before date: Date, on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM control.client_secret WHERE expires < \(date)")
  }
}
