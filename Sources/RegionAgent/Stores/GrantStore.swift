internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo

/// Received grants and homes with what was decided about them. Reads replicas, writes only the region's own tables.
enum GrantStore {
  /// Everything a decision about `id` rests on. Locks the organization and the invitation, so that neither is deleted nor revoked
  /// meanwhile. Call inside a transaction.
  static func facts(_ id: GrantID, on connection: RegionConnection) async throws -> GrantFacts {
    var facts = GrantFacts(
      grant: try await grant(id, on: connection), isDecided: try await isDecided(id, on: connection), isMember: false)
    guard let grant = facts.grant else { return facts }
    facts.home = try await home(grant.organization, on: connection)
    facts.organizationStatus = try await lockOrganization(grant.organization, on: connection)
    if facts.organizationStatus == nil, try await ReceiptStore.isEnded(grant.organization, on: connection) {
      // Its row is gone, its end is not: a control from an older backup grants it again.
      facts.organizationStatus = "deleted"
    }
    facts.isMember = try await MemberStore.contains(user: grant.user, in: grant.organization, on: connection)
    if let invitation = grant.invitation {
      facts.invitation = try await InvitationStore.locked(invitation, on: connection)
    }
    return facts
  }

  static func home(_ id: OrganizationID, on connection: RegionConnection) async throws -> ReceivedHome? {
    let rows = try await connection.query(
      "SELECT name, generation, state, creator_grant_id FROM replica.organization_home WHERE id = \(id)")
    guard let row = rows.first else { return nil }
    let (name, generation, state, creator) = try row.decode((String, Int64, String, UUID).self)
    guard let state = OrganizationHomeState(rawValue: state) else { return nil }
    return ReceivedHome(id: id, name: name, generation: generation, state: state, creatorGrant: GrantID(creator))
  }

  /// The organization's status, locked; nil when it is not here.
  static func lockOrganization(_ id: OrganizationID, on connection: RegionConnection) async throws -> String? {
    try await connection.query("SELECT status FROM region.organization WHERE id = \(id) FOR UPDATE")
      .first?.decode(String.self)
  }

  static func record(
    _ id: GrantID, refusal: GrantDecision.Refusal?, on connection: RegionConnection
  ) async throws {
    try await connection.execute(
      """
      INSERT INTO region.grant_decision (grant_id, decision, reason)
      VALUES (\(id), \(refusal == nil ? "honoured" : "refused"), \(refusal?.rawValue))
      """)
  }

  static func forget(_ id: GrantID, on connection: RegionConnection) async throws {
    try await connection.execute("DELETE FROM region.grant_decision WHERE grant_id = \(id)")
  }

  /// A pointer to a member that has no row: control reads "remove" and ends the grant.
  static func pointToMissingMember(_ id: GrantID, on connection: RegionConnection) async throws {
    _ = try await connection.query(
      """
      SELECT outbox.append_pointers(ARRAY[k.id], ARRAY[uuid_send(\(id))]) FROM outbox.kind AS k WHERE k.name = 'member'
      """)
  }

  private static func grant(_ id: GrantID, on connection: RegionConnection) async throws -> ReceivedGrant? {
    let rows = try await connection.query(
      """
      SELECT organization_id, user_id, role, source, invitation_id, state FROM replica."grant" WHERE id = \(id)
      """)
    guard let row = rows.first else { return nil }
    let (organization, user, role, source, invitation, state) = try row.decode(
      (UUID, UUID, String, String, UUID?, String).self)
    return ReceivedGrant(
      id: id, organization: OrganizationID(organization), user: UserID(user), role: try OrganizationRole(stored: role),
      source: source, invitation: invitation.map { InvitationID($0) }, state: state)
  }

  private static func isDecided(_ id: GrantID, on connection: RegionConnection) async throws -> Bool {
    try await !connection.query("SELECT 1 FROM region.grant_decision WHERE grant_id = \(id)").isEmpty
  }
}
