internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo

/// Reads what decisions about access rest on.
enum AccessStore {
  /// Everything about `user` in the organization that `reference` names, in one statement and so at one moment.
  static func facts(
    user: UserID, organization reference: OrganizationReference, on connection: RegionConnection
  ) async throws -> AccessFacts {
    let row = try await connection.query(
      """
      SELECT u.id IS NOT NULL, s.status, s.epoch, o.id, h.slug, o.name, o.generation, o.created_at, m.id, m.role
      FROM (VALUES (\(user))) AS caller (id)
      LEFT JOIN replica."user" AS u ON u.id = caller.id
      LEFT JOIN replica.user_status AS s ON s.id = caller.id
      LEFT JOIN (\(home(reference))) AS h ON true
      LEFT JOIN region.organization AS o ON o.id = h.id AND o.status = 'active'
      LEFT JOIN region.member AS m ON m.organization_id = o.id AND m.user_id = caller.id
      """
    ).only()
    let (arrived, status, epoch, id, slug, name, generation, createdAt, member, role) = try row.decode(
      (Bool, String?, Int64?, UUID?, String?, String?, Int64?, Date?, UUID?, String?).self)
    var facts = AccessFacts(userArrived: arrived)
    if let status = status.flatMap(UserStatus.init), let epoch {
      facts.status = AccessFacts.Status(value: status, epoch: epoch)
    }
    if let id, let slug, let name, let generation, let createdAt {
      facts.organization = Organization(
        id: OrganizationID(id), slug: slug, name: name, generation: generation, createdAt: createdAt)
    }
    if let member, let role {
      facts.membership = AccessFacts.Membership(id: GrantID(member), role: try OrganizationRole(stored: role))
    }
    return facts
  }

  /// Locks the organization against other writes that decide from its members, invitations or teams. Does nothing when it is not here.
  static func lock(_ reference: OrganizationReference, on connection: RegionConnection) async throws {
    try await connection.execute(
      "SELECT id FROM region.organization WHERE id = (SELECT h.id FROM (\(home(reference))) AS h) FOR UPDATE")
  }

  /// The home that `reference` names. Two homes carry one slug only between two batches: the newer one has it.
  private static func home(_ reference: OrganizationReference) -> SQL {
    switch reference {
    case .id(let id): "SELECT id, slug FROM replica.organization_home WHERE id = \(id)"
    case .slug(let slug):
      """
      SELECT id, slug FROM replica.organization_home WHERE slug = \(slug)
      ORDER BY _epoch DESC, _head DESC LIMIT 1
      """
    }
  }
}
