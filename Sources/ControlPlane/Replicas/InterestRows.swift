internal import FoundationEssentials
package import Outbox
package import Postgres
package import SyncProtocol

/// Interest: which region holds the closure of which root. A changed row makes the reader send that closure, or its removes.
package struct InterestRows: InterestSource {
  package let declaration = KindDeclaration(Kind("interest"))

  package init() {}

  package func receivers(
    of keys: [RowKey], on connection: PostgresConnection
  ) async throws -> [RowKey: Receivers] {
    try await Receivers.query(
      "SELECT i.id::text, i.region FROM directory.interest i WHERE i.id = ANY(\(keys.uuids))", on: connection)
  }

  /// A person: row, status and the sessions that the region opened one on. An organization: its home, its former slugs, its API tokens and its
  /// grants, ended ones too while it leaves.
  package func closure(
    of keys: [RowKey], for receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> [RowReference] {
    let rows = try await connection.query(
      """
      WITH root AS (
        SELECT i.root_kind, i.root_id, i.state FROM directory.interest i
        WHERE i.id = ANY(\(keys.uuids)) AND i.region = \(Int16(receiver.value)))
      SELECT k.kind, r.root_id::text FROM root r
      JOIN (VALUES ('user', 'user'), ('user', 'user_status'), ('organization', 'organization_home')) AS k (root_kind, kind)
        ON k.root_kind = r.root_kind
      UNION ALL
      SELECT 'grant', g.id::text FROM root r JOIN directory."grant" g ON g.organization_id = r.root_id
      WHERE r.root_kind = 'organization' AND (g.state = 'live' OR r.state = 'leaving')
      UNION ALL
      SELECT 'api_token', t.id::text FROM root r JOIN control.api_token t ON t.organization_id = r.root_id
      WHERE r.root_kind = 'organization' AND (t.state = 'active' OR r.state = 'leaving')
      UNION ALL
      SELECT 'former_slug', f.id::text FROM root r JOIN directory.former_slug f ON f.organization_id = r.root_id
      WHERE r.root_kind = 'organization' AND (f.state = 'resting' OR r.state = 'leaving')
      UNION ALL
      SELECT 'control_session', c.id::text FROM root r JOIN control.control_session c ON c.user_id = r.root_id
      JOIN control.session_region s ON s.session_id = c.id AND s.region = \(Int16(receiver.value))
      WHERE r.root_kind = 'user'
      """)
    return try rows.decode((String, String).self).compactMap { kind, key in
      guard let kind = Kind(kind), let key = RowKey(key) else { return nil }
      return RowReference(kind: kind, key: key)
    }
  }

  /// Deletes the exits whose removes the region has applied, and notes how far it is while a token key or a slug waits to be known everywhere.
  package func finalizeExits(
    of receiver: SiloNumber, appliedBy snapshot: TransactionSnapshot, on connection: PostgresConnection
  ) async throws -> Int {
    let region = Int16(receiver.value)
    let finished = try await connection.execute(
      """
      DELETE FROM directory.interest i WHERE i.region = \(region) AND i.state = 'leaving'
        AND pg_visible_in_snapshot(i.left_by, \(snapshot.description)::text::pg_snapshot)
      """)
    try await SessionRegionStore.forget(region, appliedBy: snapshot.description, on: connection)
    try await APITokenStore.forget(region, appliedBy: snapshot.description, on: connection)
    try await SlugStore.forget(region, appliedBy: snapshot.description, on: connection)
    try await connection.execute(
      """
      INSERT INTO directory.applied AS a (region, snapshot)
      SELECT \(region), \(snapshot.description)::text::pg_snapshot
      WHERE EXISTS (SELECT FROM control.token_key k WHERE k.state = 'next')
        OR EXISTS (SELECT FROM directory.operation p WHERE p.state = 'propagating')
      ON CONFLICT (region) DO UPDATE SET snapshot = EXCLUDED.snapshot, noted = clock_timestamp()
      """)
    return finished
  }
}

extension Receivers {
  /// The receivers by key from rows of (key as text, region). Keys without a row concern nobody.
  static func query(_ statement: SQL, on connection: PostgresConnection) async throws -> [RowKey: Receivers] {
    var regions: [RowKey: [SiloNumber]] = [:]
    for (key, region) in try await connection.query(statement).decode((String, Int16).self) {
      guard let key = RowKey(key), let silo = SiloNumber(Int(region)) else { continue }
      regions[key, default: []].append(silo)
    }
    return regions.mapValues { .only($0.sorted()) }
  }
}

extension [RowKey] {
  /// The keys as UUIDs. A key of another form names no row.
  var uuids: [UUID] { compactMap { UUID(uuidString: $0.text) } }
}
