internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo

/// Who changed what in this region. Appended in the transaction of the deed.
enum AuditStore {
  struct Entry: Sendable {
    let id: UUID
    let at: Date
    let user: UserID
    let credential: String
    let action: String
    let subject: String
  }

  /// Bytes of a subject that are kept.
  private static let longest = 200

  /// - Parameters:
  ///   - organization: nil for what is of a person alone.
  ///   - action: lower-case words with dots, such as `member.change`.
  ///   - subject: method and path, or an id; never a secret.
  static func append(
    _ action: String, _ subject: String, by user: UserID, credential: String, in organization: OrganizationID?,
    on connection: RegionConnection
  ) async throws {
    let subject = String(decoding: subject.utf8.prefix(longest).filter { $0 >= 0x20 && $0 < 0x7F }, as: UTF8.self)
    try await connection.execute(
      """
      INSERT INTO region.audit (id, organization_id, user_id, credential, action, subject)
      VALUES (\(IdentifierSource.system.uuid()), \(organization?.uuid), \(user), \(credential), \(action), \(subject))
      """)
  }

  /// Forgets entries older than so many days, at most `limit`; returns how many.
  static func prune(days: Int, limit: Int, on connection: RegionConnection) async throws -> Int64 {
    try await connection.query(
      "SELECT region.prune_audit(\(Int32(clamping: days)), \(Int32(clamping: limit)))"
    ).only().decode(Int64.self)
  }

  /// An organization's trail, the newest first.
  static func page(
    of organization: OrganizationID, _ request: PageRequest, on connection: RegionConnection
  ) async throws -> Page<Entry> {
    let rows = try await connection.query(
      """
      SELECT id, at, user_id, credential, action, subject FROM region.audit
      WHERE organization_id = \(organization) AND (\(request.after) IS NULL OR id < \(request.after))
      ORDER BY id DESC LIMIT \(Int64(request.limit) + 1)
      """)
    let entries = try rows.decode((UUID, Date, UUID, String, String, String).self).map { row in
      Entry(id: row.0, at: row.1, user: UserID(row.2), credential: row.3, action: row.4, subject: row.5)
    }
    return request.page(entries, id: \.id)
  }
}
