internal import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Slugs and homes of organizations.
package enum OrganizationStore {
  package struct Home: Sendable, Hashable {
    package let id: OrganizationID
    package let slug: String
    package let state: OrganizationHomeState
    package let generation: Int64
    package let region: RegionNumber
    package let regionName: RegionName
    package let regionURL: String
  }

  package static func insert(
    _ organization: OrganizationID, slug: OrganizationSlug, name: DisplayName, region: RegionStore.Region,
    creatorGrant: GrantID, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO directory.organization_home (id, slug, name, region_id, region_number, state, creator_grant_id)
      VALUES (\(organization.uuid), \(slug.text), \(name.text), \(region.id.uuid), \(region.number.value), 'provisioning',
        \(creatorGrant.uuid))
      """)
  }

  package static func setSlug(
    _ slug: OrganizationSlug, of organization: OrganizationID, on control: ControlConnection
  ) async throws {
    try await control.execute(
      "UPDATE directory.organization_home SET slug = \(slug.text) WHERE id = \(organization.uuid)")
  }

  /// - Parameter locking: takes the row's lock, so that changes of one organization follow each other.
  package static func find(
    _ organization: OrganizationID, locking: Bool = false, on control: ControlConnection
  ) async throws -> Home? {
    let lock: SQL = locking ? "FOR UPDATE OF h" : ""
    let rows = try await control.query(
      """
      SELECT h.id, h.slug, h.state, h.generation, h.region_number, r.name, r.url
      FROM directory.organization_home h JOIN control.region r ON r.id = h.region_id
      WHERE h.id = \(organization.uuid) \(lock)
      """)
    return try rows.decode((UUID, String, String, Int64, Int16, String, String).self).first.flatMap { row in
      guard let state = OrganizationHomeState(rawValue: row.2), let region = RegionNumber(Int(row.4)) else {
        return nil
      }
      return Home(
        id: OrganizationID(row.0), slug: row.1, state: state, generation: row.3, region: region,
        regionName: try RegionName(row.5), regionURL: row.6)
    }
  }

  /// Takes the locks of several homes in one order, so that two who want the same cannot wait for each other.
  package static func lock(_ organizations: [OrganizationID], on control: ControlConnection) async throws {
    _ = try await control.query(
      """
      SELECT h.id FROM directory.organization_home h WHERE h.id = ANY(\(organizations.map(\.uuid))) ORDER BY h.id FOR UPDATE
      """)
  }

  /// Writes the pointers of homes again, whatever their state.
  package static func tellAgain(_ organizations: [OrganizationID], on control: ControlConnection) async throws {
    try await control.execute(
      "UPDATE directory.organization_home SET state = state WHERE id = ANY(\(organizations.map(\.uuid)))")
  }

  /// Writes the pointer of a home again, so that a region that lost sight of it is told once more.
  package static func tellAgain(_ organization: OrganizationID, on control: ControlConnection) async throws {
    try await control.execute(
      "UPDATE directory.organization_home SET state = state WHERE id = \(organization.uuid) AND state = 'provisioning'")
  }
}

extension OrganizationStore {
  /// The organization whose slug this is now.
  package static func find(slug: OrganizationSlug, on control: ControlConnection) async throws -> OrganizationID? {
    let rows = try await control.query(
      "SELECT organization_id FROM directory.slug WHERE slug = \(slug.text) AND state = 'current'")
    return try rows.decode(UUID.self).first.map { OrganizationID($0) }
  }
}
