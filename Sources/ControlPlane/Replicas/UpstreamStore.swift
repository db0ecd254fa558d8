internal import FoundationEssentials
internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// What control itself knows of the things that regions speak about, and what their word changes here.
enum UpstreamStore {
  struct Home: Sendable {
    let region: Int16
    let generation: Int64
    let isEnded: Bool
  }

  struct Grant: Sendable {
    let organization: OrganizationID
    let user: UserID
    let region: Int16
    let isLive: Bool
  }

  static func homes(
    _ organizations: [OrganizationID], on connection: PostgresConnection
  ) async throws -> [OrganizationID: Home] {
    let rows = try await connection.query(
      """
      SELECT h.id, h.region_number, h.generation, h.state = 'deleting' FROM directory.organization_home h
      WHERE h.id = ANY(\(organizations.map(\.uuid)))
      """)
    return Dictionary(
      try rows.decode((UUID, Int16, Int64, Bool).self).map {
        (OrganizationID($0), Home(region: $1, generation: $2, isEnded: $3))
      },
      uniquingKeysWith: { first, _ in first })
  }

  static func grants(_ keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: Grant] {
    let rows = try await connection.query(
      """
      SELECT g.id::text, g.organization_id, g.user_id, h.region_number, g.state = 'live'
      FROM directory."grant" g JOIN directory.organization_home h ON h.id = g.organization_id
      WHERE g.id = ANY(\(keys.uuids))
      """)
    var grants: [RowKey: Grant] = [:]
    for (key, organization, user, region, isLive) in try rows.decode((String, UUID, UUID, Int16, Bool).self) {
      guard let key = RowKey(key) else { continue }
      grants[key] = Grant(
        organization: OrganizationID(organization), user: UserID(user), region: region, isLive: isLive)
    }
    return grants
  }

  /// The region made the organization: the operation that asked for it is done.
  static func confirm(_ organizations: [UUID], on connection: PostgresConnection) async throws {
    try await connection.execute(
      """
      UPDATE directory.organization_home SET state = 'active' WHERE id = ANY(\(organizations)) AND state = 'provisioning'
      """)
    try await connection.execute(
      """
      UPDATE directory.operation SET state = 'done', finished = clock_timestamp()
      WHERE organization_id = ANY(\(organizations)) AND state = 'provisioning'
      """)
  }

  /// The region ended the organization: its grants end, its slug rests, and the region's entitlement to it leaves.
  static func end(_ organizations: [UUID], slugsRestUntil: Date, on connection: PostgresConnection) async throws {
    let ended = try await connection.query(
      """
      UPDATE directory.organization_home SET state = 'deleting' WHERE id = ANY(\(organizations)) AND state <> 'deleting'
      RETURNING id
      """
    ).decode(UUID.self)
    guard !ended.isEmpty else { return }
    try await connection.execute(
      """
      UPDATE directory.slug SET state = 'resting', rests_until = \(slugsRestUntil)
      WHERE organization_id = ANY(\(ended)) AND state = 'current'
      """)
    try await connection.execute(
      """
      UPDATE directory.operation SET state = 'done', finished = clock_timestamp()
      WHERE organization_id = ANY(\(ended)) AND state = 'provisioning'
      """)
    try await connection.query(
      """
      SELECT directory.end_grants(coalesce(array_agg(g.id), '{}')) FROM directory."grant" g
      WHERE g.organization_id = ANY(\(ended)) AND g.state = 'live'
      """)
    try await connection.query(
      """
      SELECT directory.leave(h.region_number, 'organization', h.id) FROM directory.organization_home h
      WHERE h.id = ANY(\(ended)) ORDER BY h.id
      """)
  }

  static func endGrants(_ keys: [RowKey], on connection: PostgresConnection) async throws {
    try await connection.query("SELECT directory.end_grants(\(keys.uuids))")
  }

  /// A row's claim to a public key.
  struct Claim: Sendable {
    let key: RowKey
    let publicKey: String
    let organization: OrganizationID
    let version: RowVersion
  }

  /// Moves the ownership of rows that have another public key now, unless that is somebody's. Returns the keys that are nobody's then.
  static func rekey(_ claims: [Claim], on connection: PostgresConnection) async throws -> [String] {
    try await connection.query(
      """
      WITH old AS (
        SELECT o.public_key, x.key_id, x.public_key AS new_key
        FROM unnest(\(claims.map(\.publicKey)), \(claims.map(\.key).uuids), \(claims.map(\.version.generation)),
          \(claims.map(\.version.epoch)), \(claims.map(\.version.head.value))) AS x (public_key, key_id, g, e, h)
        JOIN directory.project_key_owner o ON o.key_id = x.key_id AND o.public_key <> x.public_key
        WHERE NOT EXISTS (SELECT FROM directory.project_key_owner n WHERE n.public_key = x.public_key)
          AND NOT EXISTS (
            SELECT FROM directory.project_key k
            WHERE k.id = x.key_id AND (k._generation, k._epoch, k._head) > (x.g, x.e, x.h))
        FOR UPDATE OF o
      )
      UPDATE directory.project_key_owner o SET public_key = old.new_key, claimed = clock_timestamp()
      FROM old WHERE o.key_id = old.key_id RETURNING old.public_key
      """
    ).decode(String.self)
  }

  /// Claims public keys for rows; the first claim stands, and a row that is older than what is known of it claims nothing. Returns the rows whose public key
  /// is another's.
  static func claim(_ rows: [Claim], on connection: PostgresConnection) async throws -> [RowKey] {
    try await connection.execute(
      """
      INSERT INTO directory.project_key_owner (public_key, organization_id, key_id)
      SELECT x.public_key, x.organization_id, x.key_id
      FROM unnest(\(rows.map(\.publicKey)), \(rows.map(\.organization.uuid)), \(rows.map(\.key).uuids),
        \(rows.map(\.version.generation)), \(rows.map(\.version.epoch)), \(rows.map(\.version.head.value)))
        AS x (public_key, organization_id, key_id, g, e, h)
      WHERE NOT EXISTS (
        SELECT FROM outbox.tombstone d WHERE d.kind = \(ReplicatedModels.projectKey.kind.name) AND d.key = x.key_id::text
          AND (d.generation, d.epoch, d.head) > (x.g, x.e, x.h))
      ORDER BY x.public_key ON CONFLICT DO NOTHING
      """)
    let owned = try await connection.query(
      """
      SELECT o.key_id::text, o.organization_id, o.public_key FROM directory.project_key_owner o
      WHERE o.public_key = ANY(\(rows.map(\.publicKey)))
      """
    ).decode((String, UUID, String).self)
    let owners = Dictionary(owned.map { ($2, ($0, OrganizationID($1))) }, uniquingKeysWith: { first, _ in first })
    return rows.filter { row in
      // Nobody's is the key of an older state of a row, which is not taken anyway.
      guard let (key, organization) = owners[row.publicKey] else { return false }
      return key != row.key.text || organization != row.organization
    }.map(\.key)
  }

  /// Ends the ownership of rows; returns the public keys that are nobody's then.
  static func release(_ keys: [RowKey], on connection: PostgresConnection) async throws -> [String] {
    try await connection.query(
      "DELETE FROM directory.project_key_owner WHERE key_id = ANY(\(keys.uuids)) RETURNING public_key"
    ).decode(String.self)
  }
}

// MARK: What a region lost

extension UpstreamStore {
  /// Organizations that a region's database does not have any more although nobody ended them: operators are told, and the region makes them anew,
  /// empty, under the same slug and owner.
  static func provisionAgain(
    _ keys: [RowKey], region: Int16, on connection: PostgresConnection
  ) async throws {
    try await connection.execute(
      """
      WITH lost AS (
        UPDATE directory.organization_home SET state = 'provisioning'
        WHERE id = ANY(\(keys.uuids)) AND region_number = \(region) AND state = 'active' RETURNING id
      )
      INSERT INTO control.audit (actor_kind, actor, action, subject, alarm)
      SELECT 'region', \(region)::int2::text, 'organization.lost', l.id::text, true FROM lost l
      """)
  }

  /// Tells operators of project keys whose rows a region lost. Their owners keep them.
  static func alarmLost(_ keys: [RowKey], region: Int16, on connection: PostgresConnection) async throws {
    try await connection.execute(
      """
      INSERT INTO control.audit (actor_kind, actor, action, subject, alarm)
      SELECT 'region', \(region)::int2::text, 'project_key.lost', o.public_key, true
      FROM directory.project_key_owner o WHERE o.key_id = ANY(\(keys.uuids))
      """)
  }

  /// Ends the grants of members that a region lost, but for creators of organizations that it lost as a whole.
  ///
  /// - Parameter version: rows from here on came again.
  static func endLostGrants(
    _ keys: [RowKey], since version: RowVersion, on connection: PostgresConnection
  ) async throws {
    try await connection.query(
      """
      SELECT directory.end_grants(coalesce(array_agg(g.id), '{}')) FROM directory."grant" g
      JOIN directory.organization_home h ON h.id = g.organization_id
      WHERE g.id = ANY(\(keys.uuids)) AND g.state = 'live' AND NOT (
        h.creator_grant_id = g.id AND h.state <> 'deleting' AND NOT EXISTS (
          SELECT FROM directory.organization o
          WHERE o.id = h.id AND (o._epoch, o._head) >= (\(version.epoch), \(version.head.value))))
      """)
  }
}
