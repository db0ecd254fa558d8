internal import FoundationEssentials
internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Reads what a receipt is compared with, and records what it re-establishes. What to do is decided elsewhere (``HomeMerge``, ``GrantMerge``).
enum ReceiptStore {
  // MARK: Homes

  static func home(
    _ organization: OrganizationID, on control: ControlConnection
  ) async throws -> HomeMerge.Known? {
    let rows = try await control.query(
      """
      SELECT h.region_number, h.slug, h.generation, h.revision, h.state = 'deleting'
      FROM directory.organization_home h WHERE h.id = \(organization.uuid) FOR UPDATE
      """)
    return try rows.decode((Int16, String, Int64, Int64, Bool).self).first.flatMap { row in
      RegionNumber(Int(row.0)).map {
        HomeMerge.Known(
          region: $0, slug: row.1, version: .init(generation: row.2, revision: row.3), isEnded: row.4)
      }
    }
  }

  /// Who has a slug; nil when it is free or its rest is over.
  static func owner(
    ofSlug slug: String, now: Date, on control: ControlConnection
  ) async throws -> HomeMerge.Owner? {
    let rows = try await control.query(
      """
      SELECT s.organization_id, h.generation, h.revision, s.state = 'resting'
      FROM directory.slug s JOIN directory.organization_home h ON h.id = s.organization_id
      WHERE s.slug = \(slug) AND (s.state = 'current' OR s.rests_until > \(now)) FOR UPDATE OF s
      """)
    return try rows.decode((UUID, Int64, Int64, Bool).self).first.map { row in
      HomeMerge.Owner(
        organization: OrganizationID(row.0), version: .init(generation: row.1, revision: row.2), isResting: row.3)
    }
  }

  /// Gives `slug` to an organization; what it had before rests.
  static func give(
    _ slug: String, to organization: OrganizationID, restUntil: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      UPDATE directory.slug SET state = 'resting', rests_until = \(restUntil)
      WHERE organization_id = \(organization.uuid) AND state = 'current' AND slug <> \(slug)
      """)
    try await control.execute(
      """
      INSERT INTO directory.slug AS s (slug, organization_id, state) VALUES (\(slug), \(organization.uuid), 'current')
      ON CONFLICT (slug) DO UPDATE
      SET organization_id = EXCLUDED.organization_id, state = 'current', rests_until = NULL
      """)
    try await control.execute(
      """
      UPDATE directory.organization_home SET slug = \(slug) WHERE id = \(organization.uuid) AND slug <> \(slug)
      """)
  }

  struct NewHome {
    let claim: HomeMerge.Claim
    let name: String
    let isProvisioning: Bool
    let creatorGrant: UUID
  }

  /// Records a home that control does not remember, or raises the one that it remembers to the receipt's region and version.
  static func establish(_ home: NewHome, slug: String, on control: ControlConnection) async throws {
    let claim = home.claim
    try await control.execute(
      """
      INSERT INTO directory.organization_home AS h
        (id, slug, name, region_id, region_number, generation, state, creator_grant_id, revision)
      SELECT \(claim.organization.uuid), \(slug), \(home.name), r.id, r.number, \(claim.version.generation),
        \(home.isProvisioning ? "provisioning" : "active"), \(home.creatorGrant), \(claim.version.revision)
      FROM control.region r WHERE r.number = \(claim.region.value)
      ON CONFLICT (id) DO UPDATE SET region_id = EXCLUDED.region_id, region_number = EXCLUDED.region_number,
        generation = EXCLUDED.generation, revision = EXCLUDED.revision
      """)
  }

  /// Entitles the home's region to an organization and its people, and no other region any more.
  static func entitle(_ organization: OrganizationID, on control: ControlConnection) async throws {
    _ = try await control.query(
      """
      SELECT directory.enter(h.region_number, 'organization', h.id) FROM directory.organization_home h
      WHERE h.id = \(organization.uuid)
      """)
    _ = try await control.query(
      """
      SELECT directory.enter(h.region_number, 'user', g.user_id) FROM directory.organization_home h
      JOIN directory."grant" g ON g.organization_id = h.id AND g.state = 'live'
      WHERE h.id = \(organization.uuid) ORDER BY g.user_id
      """)
    _ = try await control.query(
      """
      SELECT directory.leave(i.region, i.root_kind, i.root_id)
      FROM directory.interest i JOIN directory.organization_home h ON h.id = \(organization.uuid)
      WHERE i.region <> h.region_number AND i.state = 'active' AND (
        (i.root_kind = 'organization' AND i.root_id = h.id) OR (i.root_kind = 'user' AND i.root_id IN (
          SELECT g.user_id FROM directory."grant" g WHERE g.organization_id = h.id)))
      ORDER BY i.region, i.root_id
      """)
  }

  // MARK: Grants

  static func facts(
    grant: GrantID, organization: OrganizationID, user: UserID, invitation: InvitationID?, region: RegionNumber,
    on control: ControlConnection
  ) async throws -> GrantMerge.Facts {
    let row = try await control.query(
      """
      SELECT EXISTS (SELECT FROM directory."grant" g WHERE g.id = \(grant.uuid)),
        COALESCE(h.region_number = \(region.value), false), COALESCE(h.state = 'deleting', false), s.id IS NOT NULL,
        COALESCE(s.status = 'deleted', false),
        EXISTS (SELECT FROM directory."grant" g WHERE g.id <> \(grant.uuid) AND (g.invitation_id = \(invitation?.uuid)
          OR (g.user_id = \(user.uuid) AND g.organization_id = \(organization.uuid) AND g.state = 'live')))
      FROM (VALUES (true)) AS one (row)
      LEFT JOIN directory.organization_home h ON h.id = \(organization.uuid)
      LEFT JOIN control.user_status s ON s.id = \(user.uuid)
      """
    ).only()
    let (isKnown, isHome, isEnded, isUserKnown, isDeleted, isTaken) = try row.decode(
      (Bool, Bool, Bool, Bool, Bool, Bool).self)
    return GrantMerge.Facts(
      isKnown: isKnown, isHome: isHome, isOrganizationEnded: isEnded, isUserKnown: isUserKnown,
      isUserDeleted: isDeleted, isTaken: isTaken)
  }

  // MARK: People

  static func status(_ user: UserID, on control: ControlConnection) async throws -> StatusMerge? {
    let rows = try await control.query(
      "SELECT status, epoch FROM control.user_status WHERE id = \(user.uuid) FOR UPDATE")
    return try rows.decode((String, Int64).self).first.flatMap { text, epoch in
      UserStatus(rawValue: text).map { StatusMerge(status: $0, epoch: epoch) }
    }
  }

  static func set(_ merged: StatusMerge, of user: UserID, on control: ControlConnection) async throws {
    try await control.execute(
      """
      UPDATE control.user_status SET status = \(merged.status.rawValue), epoch = \(merged.epoch)
      WHERE id = \(user.uuid)
      """)
  }

  // MARK: Ends

  /// Revokes those of `tokens` that live on at control although it had taken them from their organization's home; returns them.
  static func revokeTokens(
    _ tokens: [UUID], in region: RegionNumber, on control: ControlConnection
  ) async throws -> [UUID] {
    try await control.query(
      """
      UPDATE control.api_token t SET state = 'revoked', ended = clock_timestamp()
      FROM directory.organization_home h
      WHERE t.id = ANY(\(tokens)) AND t.state = 'active' AND h.id = t.organization_id AND h.region_number = \(region.value)
      RETURNING t.id
      """
    ).decode(UUID.self)
  }

  /// Those of `organizations` that live on at control although their region ended them.
  static func living(
    _ organizations: [UUID], in region: RegionNumber, on control: ControlConnection
  ) async throws -> [UUID] {
    try await control.query(
      """
      SELECT h.id FROM directory.organization_home h
      WHERE h.id = ANY(\(organizations)) AND h.region_number = \(region.value) AND h.state <> 'deleting' ORDER BY h.id
      """
    ).decode(UUID.self)
  }
}
