package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Mail on its way out: a queue in the database, so that what was promised in a transaction is sent after any crash.
package enum MailStore {
  /// A letter that this process tries to hand over now.
  package struct Claimed: Sendable {
    package let id: UUID
    package let sealed: [UInt8]
    package let created: Date
    package let expires: Date
    /// Counting this one.
    package let attempt: Int
  }

  package static func place(_ id: UUID) -> SecretKey.Place {
    SecretKey.Place(table: "control.mail", row: id.uuidString.lowercased(), column: "sealed")
  }

  package static func insert(
    _ id: UUID, sealed: [UInt8], created: Date, expires: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.mail (id, sealed, created, expires, next_attempt)
      VALUES (\(id), \(sealed), \(created), \(expires), \(created))
      """)
  }

  /// Takes letters that are due. Until `lease` nobody else takes them.
  package static func claim(
    now: Date, lease: Date, limit: Int, on control: ControlConnection
  ) async throws -> [Claimed] {
    let rows = try await control.query(
      """
      UPDATE control.mail SET attempts = attempts + 1, next_attempt = \(lease) WHERE id IN (
        SELECT id FROM control.mail WHERE next_attempt <= \(now) ORDER BY next_attempt LIMIT \(limit)
        FOR UPDATE SKIP LOCKED)
      RETURNING id, sealed, created, expires, attempts
      """)
    return try rows.decode((UUID, [UInt8], Date, Date, Int32).self).map { id, sealed, created, expires, attempts in
      Claimed(id: id, sealed: sealed, created: created, expires: expires, attempt: Int(attempts))
    }
  }

  /// Puts a letter off until `date`.
  package static func putOff(_ id: UUID, until date: Date, on control: ControlConnection) async throws {
    try await control.execute("UPDATE control.mail SET next_attempt = \(date) WHERE id = \(id)")
  }

  package static func remove(_ id: UUID, on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM control.mail WHERE id = \(id)")
  }

  /// Forgets letters that nobody needs any more, at most `limit`; returns how many.
  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.mail WHERE id IN (
        SELECT id FROM control.mail WHERE expires < \(date) LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }

  package static func count(on control: ControlConnection) async throws -> Int64 {
    try await control.query("SELECT count(*) FROM control.mail").only().decode(Int64.self)
  }
}
