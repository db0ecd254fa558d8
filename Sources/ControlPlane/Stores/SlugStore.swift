package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Slugs: each has one owner at every instant. One that was given up rests: an alias of its owner's until its time is over.
package enum SlugStore {
  /// What is known of one slug.
  package struct Holding: Sendable, Hashable {
    package let slug: String
    package let organization: OrganizationID
    /// The slug that the organization uses.
    package let current: String
    package let region: String
    package let isResting: Bool
    package let restsUntil: Date?
  }

  package struct Reservation: Sendable, Hashable {
    package let slug: String
    package let reason: String
    package let reservedBy: String
    package let reserved: Date
  }

  /// Under which two claims of one slug do not meet. The second is refused at once, instead of waiting for what becomes of the first.
  private static func lock(_ slug: OrganizationSlug) -> SQL {
    "pg_try_advisory_xact_lock(hashtextextended(\(slug.text), 7021966102))"
  }

  /// Takes a slug that is free or whose rest is over; false when it has an owner, rests for another, is reserved, or somebody claims it right now.
  package static func claim(
    _ slug: OrganizationSlug, for organization: OrganizationID, now: Date, on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      WITH turn AS MATERIALIZED (SELECT \(lock(slug)) AS is_mine)
      INSERT INTO directory.slug AS s (slug, organization_id, state)
      SELECT \(slug.text), \(organization.uuid), 'current' FROM turn
      WHERE turn.is_mine AND NOT EXISTS (SELECT FROM directory.reserved_slug r WHERE r.slug = \(slug.text))
      ON CONFLICT (slug) DO UPDATE
      SET organization_id = EXCLUDED.organization_id, state = 'current', rests_until = NULL
      WHERE s.state = 'resting' AND (s.rests_until <= \(now) OR s.organization_id = EXCLUDED.organization_id)
      """) == 1
  }

  /// Lets the slug in use rest until `until`.
  package static func rest(
    _ organization: OrganizationID, until: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      UPDATE directory.slug SET state = 'resting', rests_until = \(until)
      WHERE organization_id = \(organization.uuid) AND state = 'current'
      """)
  }

  /// How many slugs of an organization rest.
  package static func countResting(
    _ organization: OrganizationID, on control: ControlConnection
  ) async throws -> Int64 {
    try await control.query(
      "SELECT count(*) FROM directory.slug WHERE organization_id = \(organization.uuid) AND state = 'resting'"
    ).only().decode(Int64.self)
  }

  /// Gives each of two organizations the other's slug, whose homes the caller has locked; false when somebody else is about to change one of them.
  package static func swap(
    _ first: (organization: OrganizationID, slug: OrganizationSlug),
    _ second: (organization: OrganizationID, slug: OrganizationSlug), now: Date, on control: ControlConnection
  ) async throws -> Bool {
    let (isFirstMine, isSecondMine) = try await control.query("SELECT \(lock(first.slug)), \(lock(second.slug))").only()
      .decode((Bool, Bool).self)
    guard isFirstMine, isSecondMine else { return false }
    // No organization may have two slugs in use, not even between two statements.
    let changed = [
      try await control.execute(
        """
        UPDATE directory.slug SET state = 'resting', rests_until = \(now)
        WHERE slug = \(first.slug.text) AND organization_id = \(first.organization.uuid) AND state = 'current'
        """),
      try await control.execute(
        """
        UPDATE directory.slug SET organization_id = \(first.organization.uuid)
        WHERE slug = \(second.slug.text) AND organization_id = \(second.organization.uuid) AND state = 'current'
        """),
      try await control.execute(
        """
        UPDATE directory.slug SET organization_id = \(second.organization.uuid), state = 'current', rests_until = NULL
        WHERE slug = \(first.slug.text) AND organization_id = \(first.organization.uuid) AND state = 'resting'
        """),
    ]
    return changed == [1, 1, 1]
  }

  /// Ends a rest now: the slug is free. False when it does not rest.
  package static func free(_ slug: String, on control: ControlConnection) async throws -> Bool {
    try await control.execute("DELETE FROM directory.slug WHERE slug = \(slug) AND state = 'resting'") == 1
  }

  /// Deletes slugs whose rest is over: they name nobody any more.
  package static func prune(before now: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM directory.slug WHERE slug IN (
        SELECT s.slug FROM directory.slug s WHERE s.state = 'resting' AND s.rests_until <= \(now)
        ORDER BY s.rests_until LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }

  /// Forgets ended rests whose removes a region has: it applied everything that `snapshot` sees.
  static func forget(_ region: Int16, appliedBy snapshot: String, on connection: PostgresConnection) async throws {
    try await connection.enqueue(
      """
      DELETE FROM directory.former_slug f USING directory.organization_home h
      WHERE f.state = 'ended' AND h.id = f.organization_id AND h.region_number = \(region)
        AND pg_visible_in_snapshot(f.ended_by, \(snapshot)::text::pg_snapshot)
      """)
  }

  // MARK: Looking

  private static let holding: SQL = """
    SELECT s.slug, s.organization_id, h.slug, r.name, s.state = 'resting', s.rests_until
    FROM directory.slug s JOIN directory.organization_home h ON h.id = s.organization_id
    JOIN control.region r ON r.id = h.region_id
    """

  package static func find(_ slug: String, on control: ControlConnection) async throws -> Holding? {
    try holdings(try await control.query("\(holding) WHERE s.slug = \(slug)")).first
  }

  /// All slugs of an organization, the one in use first.
  package static func all(
    of organization: OrganizationID, limit: Int, on control: ControlConnection
  ) async throws -> [Holding] {
    try holdings(
      try await control.query(
        "\(holding) WHERE s.organization_id = \(organization.uuid) ORDER BY s.state, s.rests_until DESC, s.slug LIMIT \(limit)"
      ))
  }

  /// Slugs that rest, the next to be free first.
  package static func resting(limit: Int, on control: ControlConnection) async throws -> [Holding] {
    try holdings(
      try await control.query("\(holding) WHERE s.state = 'resting' ORDER BY s.rests_until, s.slug LIMIT \(limit)"))
  }

  private static func holdings(_ rows: PostgresRows) throws -> [Holding] {
    try rows.decode((String, UUID, String, String, Bool, Date?).self).map { row in
      Holding(
        slug: row.0, organization: OrganizationID(row.1), current: row.2, region: row.3, isResting: row.4,
        restsUntil: row.5)
    }
  }

  // MARK: Reservations

  /// Keeps a slug from everybody who does not have it; false when it is reserved already.
  package static func reserve(
    _ slug: OrganizationSlug, reason: String, by actor: String, on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      INSERT INTO directory.reserved_slug (slug, reason, reserved_by) VALUES (\(slug.text), \(reason), \(actor))
      ON CONFLICT (slug) DO NOTHING
      """) == 1
  }

  package static func unreserve(_ slug: String, on control: ControlConnection) async throws -> Bool {
    try await control.execute("DELETE FROM directory.reserved_slug WHERE slug = \(slug)") == 1
  }

  package static func reservation(_ slug: String, on control: ControlConnection) async throws -> Reservation? {
    try reservations(try await control.query("\(reserved) WHERE r.slug = \(slug)")).first
  }

  package static func reservations(limit: Int, on control: ControlConnection) async throws -> [Reservation] {
    try reservations(try await control.query("\(reserved) ORDER BY r.slug LIMIT \(limit)"))
  }

  private static let reserved: SQL =
    "SELECT r.slug, r.reason, r.reserved_by, r.reserved FROM directory.reserved_slug r"

  private static func reservations(_ rows: PostgresRows) throws -> [Reservation] {
    try rows.decode((String, String, String, Date).self).map {
      Reservation(slug: $0, reason: $1, reservedBy: $2, reserved: $3)
    }
  }
}
