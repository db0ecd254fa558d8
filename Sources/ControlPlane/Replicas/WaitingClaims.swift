internal import FoundationEssentials
internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Claims to project keys that were refused because another owns the key, as quarantine keeps them.
extension UpstreamStore {
  /// A refused row, as its region sent it.
  struct WaitingClaim: Sendable {
    let region: Int16
    let image: RowImage
    let publicKey: String
    let organization: OrganizationID?
    let since: Date
  }

  /// Claims of one key that are looked at.
  static let waitingLimit = 100

  /// The claims that wait for public keys, the oldest first; of one organization if one is given. Each is locked until the caller's transaction ends; one that its region is sending anew right
  /// now is left to that.
  static func waiting(
    _ publicKeys: [String], of organization: OrganizationID? = nil, locking: Bool = true,
    on connection: PostgresConnection
  ) async throws -> [WaitingClaim] {
    let lock: SQL = locking ? "FOR UPDATE SKIP LOCKED" : ""
    let whose: SQL = organization.map { "q.fields ->> 'organization_id' = \($0.description)" } ?? "true"
    let rows = try await connection.query(
      """
      SELECT q.stream, q.key, q.generation, q.epoch, q.head, q.fields::text, q.first_seen
      FROM outbox.quarantine q
      WHERE q.kind = \(ReplicatedModels.projectKey.kind.name) AND q.code = 'KEY_OWNED'
        AND q.fields ->> 'public_key' = ANY(\(publicKeys)) AND \(whose)
      ORDER BY q.first_seen, q.stream, q.key LIMIT \(waitingLimit) \(lock)
      """)
    return try rows.decode((Int16, String, Int64, Int32, Int64, String, Date).self).compactMap { row in
      guard let key = RowKey(row.1), let fields = try fields(row.5) else { return nil }
      let image = RowImage(
        row: RowReference(kind: ReplicatedModels.projectKey.kind, key: key),
        version: RowVersion(clamping: row.2, row.3, row.4), fields: fields)
      return WaitingClaim(
        region: row.0, image: image, publicKey: image.value(of: "public_key") ?? "",
        organization: image.value(of: "organization_id").flatMap { OrganizationID($0) }, since: row.6)
    }
  }

  /// Takes a claim out of quarantine: it is applied.
  static func forget(_ claim: WaitingClaim, on connection: PostgresConnection) async throws {
    try await connection.execute(
      """
      DELETE FROM outbox.quarantine
      WHERE stream = \(claim.region) AND kind = \(claim.image.row.kind.name) AND key = \(claim.image.row.key.text)
      """)
  }

  private static func fields(_ document: String) throws -> [RowImage.Field]? {
    guard
      case .object(let object) = try JSONParser.parse(Array(document.utf8), limits: JSONLimits(maximumBytes: 1 << 20))
    else { return nil }
    return object.members.sorted { $0.key < $1.key }.map { member in
      guard case .string(let text) = member.value else { return RowImage.Field(name: member.key, value: nil) }
      return RowImage.Field(name: member.key, value: text)
    }
  }
}
