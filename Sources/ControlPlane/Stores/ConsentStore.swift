package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// What people let third-party clients know and do.
package enum ConsentStore {
  package struct Consent: Sendable, Hashable {
    package let client: String
    package let name: String
    package let scopes: [String]
    package let granted: Date
  }

  package static func scopes(
    of user: UserID, client: String, on control: ControlConnection
  ) async throws -> Set<String> {
    let rows = try await control.query(
      "SELECT scopes FROM control.consent WHERE user_id = \(user.uuid) AND client_id = \(client)")
    return Set(try rows.decode([String].self).first ?? [])
  }

  /// Adds scopes to what was consented to before.
  package static func add(
    _ scopes: [String], of user: UserID, client: String, at now: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.consent AS c (user_id, client_id, scopes, granted)
      VALUES (\(user.uuid), \(client), \(scopes), \(now))
      ON CONFLICT (user_id, client_id) DO UPDATE SET granted = EXCLUDED.granted,
        scopes = ARRAY(SELECT DISTINCT s FROM unnest(c.scopes || EXCLUDED.scopes) AS s ORDER BY s)
      """)
  }

  package static func list(
    of user: UserID, limit: Int, on control: ControlConnection
  ) async throws -> [Consent] {
    let rows = try await control.query(
      """
      SELECT c.client_id, k.name, c.scopes, c.granted FROM control.consent c JOIN control.client k ON k.id = c.client_id
      WHERE c.user_id = \(user.uuid) ORDER BY k.name, k.id LIMIT \(limit)
      """)
    return try rows.decode((String, String, [String], Date).self).map {
      Consent(client: $0, name: $1, scopes: $2, granted: $3)
    }
  }

  /// Takes consent back with everything the client was given; false when there was none.
  package static func withdraw(
    _ client: String, of user: UserID, at now: Date, on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      UPDATE control.authorization SET revoked = \(now), reason = 'person'
      WHERE user_id = \(user.uuid) AND client_id = \(client) AND revoked IS NULL
      """)
    return try await control.execute(
      "DELETE FROM control.consent WHERE user_id = \(user.uuid) AND client_id = \(client)") == 1
  }
}
