internal import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Control's own record of who belongs where: the only thing that widens a region's interest.
package enum GrantStore {
  /// Where a grant comes from.
  package enum Source: Sendable, Hashable {
    case creator
    case invitation(InvitationID)

    var columns: (name: String, invitation: UUID?) {
      switch self {
      case .creator: ("creator", nil)
      case .invitation(let id): ("invitation", id.uuid)
      }
    }
  }

  /// An organization as one of its people sees it from control.
  package struct Membership: Sendable, Hashable {
    package let organization: OrganizationID
    package let slug: String
    package let name: String
    package let state: String
    package let role: String
    package let region: String
    package let url: String
  }

  /// Adds a live grant and the region's interest in the person; false when the invitation was used or the person is a member already.
  package static func insert(
    _ grant: GrantID, organization: OrganizationID, user: UserID, role: OrganizationRole, source: Source,
    region: RegionNumber, on control: ControlConnection
  ) async throws -> Bool {
    let inserted = try await control.execute(
      """
      INSERT INTO directory."grant" (id, organization_id, user_id, role, source, invitation_id)
      VALUES (\(grant.uuid), \(organization.uuid), \(user.uuid), \(role.rawValue), \(source.columns.name),
        \(source.columns.invitation))
      ON CONFLICT DO NOTHING
      """)
    guard inserted == 1 else { return false }
    try await enter(region, kind: "user", root: user.uuid, on: control)
    return true
  }

  /// Entitles a region to an organization: home and grants.
  package static func enter(
    _ region: RegionNumber, organization: OrganizationID, on control: ControlConnection
  ) async throws {
    try await enter(region, kind: "organization", root: organization.uuid, on: control)
  }

  private static func enter(
    _ region: RegionNumber, kind: String, root: UUID, on control: ControlConnection
  ) async throws {
    _ = try await control.query("SELECT directory.enter(\(region.value), \(kind), \(root))")
  }

  package static func isLive(
    user: UserID, organization: OrganizationID, on control: ControlConnection
  ) async throws -> Bool {
    try await control.query(
      """
      SELECT EXISTS (
        SELECT FROM directory."grant" g
        WHERE g.user_id = \(user.uuid) AND g.organization_id = \(organization.uuid) AND g.state = 'live')
      """
    ).only().decode(Bool.self)
  }

  /// Whether a person belongs to any organization that lives in a region: what entitles the region to know of the person.
  package static func isLive(
    user: UserID, region: RegionID, on control: ControlConnection
  ) async throws -> Bool {
    try await control.query(
      """
      SELECT EXISTS (
        SELECT FROM directory."grant" g JOIN directory.organization_home h ON h.id = g.organization_id
        WHERE g.user_id = \(user.uuid) AND g.state = 'live' AND h.region_id = \(region.uuid) AND h.state <> 'deleting')
      """
    ).only().decode(Bool.self)
  }

  /// The regions in use in which a person belongs to an organization.
  package static func regions(
    of user: UserID, limit: Int, on control: ControlConnection
  ) async throws -> [(name: String, url: String)] {
    try await control.query(
      """
      SELECT DISTINCT r.name, r.url FROM directory."grant" g
      JOIN directory.organization_home h ON h.id = g.organization_id JOIN control.region r ON r.id = h.region_id
      WHERE g.user_id = \(user.uuid) AND g.state = 'live' AND h.state <> 'deleting' AND r.state = 'active'
      ORDER BY r.name LIMIT \(limit)
      """
    ).decode((String, String).self).map { (name: $0, url: $1) }
  }

  /// Whether a person has a live grant, which then cannot end before this transaction does.
  package static func holds(
    _ user: UserID, _ organization: OrganizationID, on control: ControlConnection
  ) async throws -> Bool {
    try await !control.query(
      """
      SELECT id FROM directory."grant"
      WHERE user_id = \(user.uuid) AND organization_id = \(organization.uuid) AND state = 'live' FOR SHARE
      """
    ).isEmpty
  }

  /// The role of a person as the organization's region last said it; the granted one until it has said so.
  package static func role(
    of user: UserID, in organization: OrganizationID, on control: ControlConnection
  ) async throws -> OrganizationRole? {
    let rows = try await control.query(
      """
      SELECT coalesce(m.role, g.role) FROM directory."grant" g LEFT JOIN directory.member m ON m.id = g.id
      WHERE g.user_id = \(user.uuid) AND g.organization_id = \(organization.uuid) AND g.state = 'live'
      """)
    return try rows.decode(String.self).first.flatMap { OrganizationRole(rawValue: $0) }
  }

  /// The organizations of a person over all regions, in one statement.
  package static func memberships(
    of user: UserID, limit: Int, on control: ControlConnection
  ) async throws -> [Membership] {
    let rows = try await control.query(
      """
      SELECT h.id, h.slug, coalesce(o.name, h.name), h.state, coalesce(m.role, g.role), r.name, r.url
      FROM directory."grant" g
      JOIN directory.organization_home h ON h.id = g.organization_id
      JOIN control.region r ON r.id = h.region_id
      LEFT JOIN directory.organization o ON o.id = h.id
      LEFT JOIN directory.member m ON m.id = g.id
      WHERE g.user_id = \(user.uuid) AND g.state = 'live' ORDER BY h.slug LIMIT \(limit)
      """)
    return try rows.decode((UUID, String, String, String, String, String, String).self).map { row in
      Membership(
        organization: OrganizationID(row.0), slug: row.1, name: row.2, state: row.3, role: row.4, region: row.5,
        url: row.6)
    }
  }
}

extension GrantStore {
  /// The live grant that came of an invitation, with its person.
  package static func user(
    ofInvitation invitation: InvitationID, on control: ControlConnection
  ) async throws -> UserID? {
    let rows = try await control.query(
      "SELECT user_id FROM directory.\"grant\" WHERE invitation_id = \(invitation.uuid) AND state = 'live'")
    return try rows.decode(UUID.self).first.map { UserID($0) }
  }
}
