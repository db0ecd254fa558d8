package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Durable operations: what takes longer than a request. Each is looked up by its id, by whoever asked for it.
package enum OperationStore {
  package enum Kind: String, Sendable, Hashable {
    case createOrganization = "create_organization"
    case renameOrganization = "rename_organization"
    case swapSlugs = "swap_slugs"
  }

  /// Who asked.
  package enum Actor: Sendable, Hashable {
    case user(UserID)
    case `operator`(OperatorID)

    package var audited: AuditStore.Actor {
      switch self {
      case .user(let id): .user(id)
      case .operator(let id): .operator(id)
      }
    }

    fileprivate var columns: (user: UUID?, operator: UUID?) {
      switch self {
      case .user(let id): (id.uuid, nil)
      case .operator(let id): (nil, id.uuid)
      }
    }
  }

  package struct Operation: Sendable, Hashable {
    package let id: OperationID
    package let kind: Kind
    package let organization: OrganizationID
    /// The slug that was asked for.
    package let slug: String
    /// The other organization of a swap.
    package let other: OrganizationID?
    package let requestDigest: [UInt8]
    /// `provisioning` until the region made the organization, `propagating` until every region concerned has the change, `done`.
    package let state: String
    package let created: Date
  }

  /// What is asked for.
  package struct Draft: Sendable {
    let kind: Kind
    let actor: Actor
    let organization: OrganizationID
    let slug: String
    let other: OrganizationID?
    let idempotencyKey: String?
    let requestDigest: [UInt8]
  }

  /// Whether every region concerned has a change of a slug: ended organizations concern none.
  private static let isThere: SQL = """
    NOT EXISTS (
      SELECT FROM directory.organization_home h JOIN control.region r ON r.id = h.region_id
      LEFT JOIN directory.applied a ON a.region = h.region_number
      WHERE h.id IN (p.organization_id, p.other_organization_id) AND h.state <> 'deleting' AND r.state <> 'revoked'
        AND (a.snapshot IS NULL OR NOT pg_visible_in_snapshot(p.changed_by, a.snapshot)))
    """

  private static let columns: SQL = """
    p.id, p.kind, p.organization_id, COALESCE(p.slug, h.slug), p.other_organization_id, p.request_digest,
    CASE WHEN p.state = 'propagating' AND \(isThere) THEN 'done' ELSE p.state END, p.created
    """

  private static func owned(by actor: Actor) -> SQL {
    switch actor {
    case .user(let id): "p.user_id = \(id.uuid)"
    case .operator(let id): "p.operator_id = \(id.uuid)"
    }
  }

  /// Adds an operation; false when its actor used the idempotency key before. A change of slugs counts as made by the caller's transaction.
  package static func insert(_ id: OperationID, _ draft: Draft, on control: ControlConnection) async throws -> Bool {
    let isCreation = draft.kind == .createOrganization
    return try await control.execute(
      """
      INSERT INTO directory.operation (id, kind, user_id, operator_id, idempotency_key, request_digest, organization_id,
        slug, other_organization_id, state, changed_by)
      VALUES (\(id.uuid), \(draft.kind.rawValue), \(draft.actor.columns.user), \(draft.actor.columns.operator),
        \(draft.idempotencyKey), \(draft.requestDigest), \(draft.organization.uuid), \(draft.slug), \(draft.other?.uuid),
        \(isCreation ? "provisioning" : "propagating"),
        CASE WHEN \(isCreation) THEN NULL ELSE pg_current_xact_id() END)
      ON CONFLICT DO NOTHING
      """) == 1
  }

  package static func find(
    _ actor: Actor, idempotencyKey: String, on control: ControlConnection
  ) async throws -> Operation? {
    try operations(
      try await control.query(
        """
        SELECT \(columns) FROM directory.operation p JOIN directory.organization_home h ON h.id = p.organization_id
        WHERE \(owned(by: actor)) AND p.idempotency_key = \(idempotencyKey)
        """)
    ).first
  }

  package static func find(
    _ id: OperationID, of actor: Actor, on control: ControlConnection
  ) async throws -> Operation? {
    try operations(
      try await control.query(
        """
        SELECT \(columns) FROM directory.operation p JOIN directory.organization_home h ON h.id = p.organization_id
        WHERE p.id = \(id.uuid) AND \(owned(by: actor))
        """)
    ).first
  }

  package static func countOpen(_ actor: Actor, on control: ControlConnection) async throws -> Int64 {
    try await control.query(
      "SELECT count(*) FROM directory.operation p WHERE \(owned(by: actor)) AND p.state <> 'done'"
    ).only().decode(Int64.self)
  }

  package static func noteResumed(_ id: OperationID, on control: ControlConnection) async throws {
    try await control.execute("UPDATE directory.operation SET resumed = resumed + 1 WHERE id = \(id.uuid)")
  }

  /// Ends the operations whose change every region concerned has; returns how many.
  package static func finish(limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      UPDATE directory.operation SET state = 'done', finished = clock_timestamp()
      WHERE id IN (
        SELECT p.id FROM directory.operation p WHERE p.state = 'propagating' AND \(isThere)
        ORDER BY p.id LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }

  /// Forgets what was done before `date`; returns how many.
  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM directory.operation WHERE id IN (
        SELECT p.id FROM directory.operation p WHERE p.state = 'done' AND p.finished < \(date) LIMIT \(limit))
      """)
  }

  private static func operations(_ rows: PostgresRows) throws -> [Operation] {
    try rows.decode((UUID, String, UUID, String, UUID?, [UInt8], String, Date).self).map { row in
      guard let kind = Kind(rawValue: row.1) else {
        throw PostgresError(code: .decoding, message: "an operation's row is not of this version")
      }
      return Operation(
        id: OperationID(row.0), kind: kind, organization: OrganizationID(row.2), slug: row.3,
        other: row.4.map { OrganizationID($0) }, requestDigest: row.5, state: row.6, created: row.7)
    }
  }
}
