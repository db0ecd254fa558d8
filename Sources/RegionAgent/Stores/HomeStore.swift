internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo

/// Where organizations live, and what project keys stand for.
enum HomeStore {
  /// The home of an organization as far as this region knows; nil for one that is not here.
  static func home(of organization: OrganizationID, on connection: RegionConnection) async throws -> OrganizationHome? {
    let (announced, own, isEnded) = try await connection.query(
      """
      SELECT h.generation, o.generation, coalesce(o.status = 'deleted', e.id IS NOT NULL)
      FROM (VALUES (\(organization))) AS asked (id)
      LEFT JOIN replica.organization_home AS h ON h.id = asked.id
      LEFT JOIN region.organization AS o ON o.id = asked.id
      LEFT JOIN region.ended_organization AS e ON e.id = asked.id
      """
    ).only().decode((Int64?, Int64?, Bool).self)
    guard let announced else { return nil }
    if isEnded { return OrganizationHome(generation: announced, state: .ended) }
    return OrganizationHome(generation: announced, state: own == announced ? .provisioned : .announced)
  }

  /// What a public key stands for; nil when it is none of this region's, or its organization has ended or left.
  static func ingestTarget(_ publicKey: String, on connection: RegionConnection) async throws -> IngestTarget? {
    let row = try await connection.query(
      """
      SELECT k.id, k.status = 'active', k.project_id, k.project_number, k.organization_id, h.slug, o.generation
      FROM region.project_key AS k
      JOIN region.organization AS o ON o.id = k.organization_id AND o.status = 'active'
      JOIN replica.organization_home AS h ON h.id = o.id
      WHERE k.public_key = \(publicKey)
      """
    ).decode((UUID, Bool, UUID, Int64, UUID, String, Int64).self).first
    guard let row else { return nil }
    return IngestTarget(
      key: ProjectKeyID(row.0), isActive: row.1, project: ProjectID(row.2), number: try ProjectNumber(stored: row.3),
      organization: OrganizationID(row.4), slug: row.5, generation: row.6)
  }
}
