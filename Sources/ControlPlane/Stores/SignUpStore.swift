package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Sign-ups whose address has not been verified.
package enum SignUpStore {
  /// What becomes an account.
  package struct Pending: Sendable {
    package let name: String
    package let email: String
    package let phc: String
  }

  package static func insert(
    _ id: UUID, name: DisplayName, email: EmailAddress, phc: String, digest: [UInt8], now: Date, expires: Date,
    on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.sign_up (id, name, email, email_key, phc, digest, created, expires)
      VALUES (\(id), \(name.text), \(email.text), \(email.uniquenessKey), \(phc), \(digest), \(now), \(expires))
      """)
  }

  /// The hash of the password of a live sign-up.
  package static func phc(digest: [UInt8], now: Date, on control: ControlConnection) async throws -> String? {
    try await control.query("SELECT phc FROM control.sign_up WHERE digest = \(digest) AND expires > \(now)")
      .decode(String.self).first
  }

  /// Takes a live sign-up out: nobody takes it again. All sign-ups with its address are locked first and in one order, because the caller ends them
  /// next: of two links of one address each would else wait for the other's row.
  package static func take(digest: [UInt8], now: Date, on control: ControlConnection) async throws -> Pending? {
    try await control.execute(
      """
      SELECT FROM control.sign_up
      WHERE email_key = (SELECT email_key FROM control.sign_up WHERE digest = \(digest)) ORDER BY id FOR UPDATE
      """)
    let rows = try await control.query(
      "DELETE FROM control.sign_up WHERE digest = \(digest) RETURNING name, email, phc, expires > \(now)")
    return try rows.decode((String, String, String, Bool).self).first.flatMap { name, email, phc, isLive in
      isLive ? Pending(name: name, email: email, phc: phc) : nil
    }
  }

  /// Ends every other sign-up with this address.
  package static func end(_ email: EmailAddress, on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM control.sign_up WHERE email_key = \(email.uniquenessKey)")
  }

  /// Forgets at most `limit` that expired before `date`; returns how many.
  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.sign_up WHERE id IN (
        SELECT id FROM control.sign_up WHERE expires < \(date) ORDER BY expires LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }
}
