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
      SELECT u.id IS NOT NULL, s.status, s.epoch, o.id, h.slug, o.name, o.generation, o.created_at, m.id, m.role,
        p.organization_id IS NOT NULL, p.degraded_seconds, p.closed_seconds, p.refused, \(completeAsOf)
      FROM (VALUES (\(user))) AS caller (id)
      LEFT JOIN replica."user" AS u ON u.id = caller.id
      LEFT JOIN replica.user_status AS s ON s.id = caller.id
      LEFT JOIN (\(home(reference))) AS h ON true
      LEFT JOIN region.organization AS o ON o.id = h.id AND o.status = 'active'
      LEFT JOIN region.member AS m ON m.organization_id = o.id AND m.user_id = caller.id
      LEFT JOIN region.staleness_policy AS p ON p.organization_id = o.id
      """
    ).only()
    let (arrived, status, epoch, id, slug, name, generation, createdAt, member, role) = try (
      Bool(from: row[0]), String?(from: row[1]), Int64?(from: row[2]), UUID?(from: row[3]), String?(from: row[4]),
      String?(from: row[5]), Int64?(from: row[6]), Date?(from: row[7]), UUID?(from: row[8]), String?(from: row[9])
    )
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
    if try Bool(from: row[10]) {
      facts.policy = StalenessPolicy(
        degradedSeconds: try Int64?(from: row[11]), closedSeconds: try Int64?(from: row[12]),
        refused: Set(try [String](from: row[13]).compactMap { StalenessPolicy.Refusal(rawValue: $0) }))
    }
    facts.completeAsOf = try Int64?(from: row[14])
    return facts
  }

  /// Up to when everything that control committed is here: microseconds since 1970 by control's clock. Only the priority lane counts.
  static let completeAsOf: SQL =
    """
    (SELECT c.complete_as_of FROM outbox.cursor AS c
      WHERE c.stream = 0 AND c.lane = 'priority' AND c.complete_as_of > 0)
    """

  /// Locks the organization against other writes that decide from its members, invitations or teams. Does nothing when it is not here.
  static func lock(_ reference: OrganizationReference, on connection: RegionConnection) async throws {
    try await connection.execute(
      "SELECT id FROM region.organization WHERE id = (SELECT h.id FROM (\(home(reference))) AS h) FOR UPDATE")
  }

  /// The home that `reference` names. Two homes carry one slug only between two batches: the newer one has it. A former slug leads where it did, unless it is
  /// in use again.
  private static func home(_ reference: OrganizationReference) -> SQL {
    switch reference {
    case .id(let id): "SELECT id, slug FROM replica.organization_home WHERE id = \(id)"
    case .slug(let slug):
      """
      (SELECT id, slug FROM replica.organization_home WHERE slug = \(slug) ORDER BY _epoch DESC, _head DESC LIMIT 1)
      UNION ALL
      (SELECT h.id, h.slug FROM replica.former_slug AS f JOIN replica.organization_home AS h ON h.id = f.organization_id
        WHERE f.slug = \(slug) AND NOT EXISTS (SELECT FROM replica.organization_home AS c WHERE c.slug = \(slug))
        ORDER BY f._epoch DESC, f._head DESC LIMIT 1)
      """
    }
  }
}
