package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Durable operations: what takes longer than a request.
package enum OperationStore {
  package struct Operation: Sendable, Hashable {
    package let id: OperationID
    package let user: UserID
    package let organization: OrganizationID
    package let slug: String
    package let requestDigest: [UInt8]
    package let state: String
    package let created: Date
  }

  private static let columns: SQL =
    "p.id, p.user_id, p.organization_id, h.slug, p.request_digest, p.state, p.created"

  /// Adds an operation; false when the person used the idempotency key before.
  package static func insert(
    _ id: OperationID, user: UserID, organization: OrganizationID, idempotencyKey: String?, requestDigest: [UInt8],
    on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      INSERT INTO directory.operation (id, kind, user_id, idempotency_key, request_digest, organization_id, state)
      VALUES (\(id.uuid), 'create_organization', \(user.uuid), \(idempotencyKey), \(requestDigest),
        \(organization.uuid), 'provisioning')
      ON CONFLICT ON CONSTRAINT operation_idempotency DO NOTHING
      """) == 1
  }

  package static func find(
    user: UserID, idempotencyKey: String, on control: ControlConnection
  ) async throws -> Operation? {
    try operations(
      try await control.query(
        """
        SELECT \(columns) FROM directory.operation p JOIN directory.organization_home h ON h.id = p.organization_id
        WHERE p.user_id = \(user.uuid) AND p.idempotency_key = \(idempotencyKey)
        """)
    ).first
  }

  package static func find(_ id: OperationID, user: UserID, on control: ControlConnection) async throws -> Operation? {
    try operations(
      try await control.query(
        """
        SELECT \(columns) FROM directory.operation p JOIN directory.organization_home h ON h.id = p.organization_id
        WHERE p.id = \(id.uuid) AND p.user_id = \(user.uuid)
        """)
    ).first
  }

  package static func countOpen(_ user: UserID, on control: ControlConnection) async throws -> Int64 {
    try await control.query(
      "SELECT count(*) FROM directory.operation WHERE user_id = \(user.uuid) AND state = 'provisioning'"
    ).only().decode(Int64.self)
  }

  package static func noteResumed(_ id: OperationID, on control: ControlConnection) async throws {
    try await control.execute("UPDATE directory.operation SET resumed = resumed + 1 WHERE id = \(id.uuid)")
  }

  private static func operations(_ rows: PostgresRows) throws -> [Operation] {
    try rows.decode((UUID, UUID, UUID, String, [UInt8], String, Date).self).map { row in
      Operation(
        id: OperationID(row.0), user: UserID(row.1), organization: OrganizationID(row.2), slug: row.3,
        requestDigest: row.4, state: row.5, created: row.6)
    }
  }
}
