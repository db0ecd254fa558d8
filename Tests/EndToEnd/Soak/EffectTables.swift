import Postgres

@testable import atoll

/// One way on which a campaign watches effects: where rows are written, where they arrive, and the trail that the receiver's database keeps of its own
/// changes, in the transactions that make them.
struct EffectTables: Sendable {
  enum Way: String, Sendable, CaseIterable {
    /// Projects of a region, which control has replicas of.
    case up
    /// API tokens at control, whose digests their organization's home has: the priority lane.
    case down
  }

  /// Rows that come, change and go in one transaction. The number of each stands in a column that travels.
  struct Burst: Sendable {
    var come: [String] = []
    var comeNumbers: [Int64] = []
    var change: [String] = []
    var changeNumbers: [Int64] = []
    var go: [String] = []
  }

  let way: Way
  let organization: String
  let user: String

  /// Expiries of tokens are their numbers, counted from here (2033).
  private static let base: Int64 = 2_000_000_000

  func source(in islands: Islands) throws -> SiloFolder {
    way == .up ? try islands.region("eu") : islands.control
  }

  func receiver(in islands: Islands) throws -> SiloFolder {
    way == .up ? islands.control : try islands.region("eu")
  }

  /// Makes the receiver's database note each change of a row.
  func install(on client: PostgresClient) async throws {
    let (table, key, number): (SQL, String, String) =
      way == .up
      ? ("directory.project", "slug", "name::bigint") : ("replica.api_token", "id::text", "expires - \(Self.base)")
    let condition = way == .up ? "slug LIKE 'e-%'" : "true"
    let column = way == .up ? "name" : "expires"
    try await client.execute("CREATE SCHEMA soak")
    try await client.execute(
      """
      CREATE TABLE soak.effect (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, deed text NOT NULL, number bigint NOT NULL)
      """)
    try await client.execute(
      """
      CREATE FUNCTION soak.note() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        IF TG_OP = 'DELETE' THEN
          INSERT INTO soak.effect (key, deed, number) VALUES (OLD.\(raw: key), TG_OP, OLD.\(raw: number));
        ELSE
          INSERT INTO soak.effect (key, deed, number) VALUES (NEW.\(raw: key), TG_OP, NEW.\(raw: number));
        END IF;
        RETURN NULL;
      END
      $$
      """)
    let new = condition.replacing("slug", with: "NEW.slug")
    let old = condition.replacing("slug", with: "OLD.slug")
    for (name, event, when) in [
      ("soak_come", "INSERT", new), ("soak_go", "DELETE", old),
      ("soak_change", "UPDATE", "\(new) AND OLD.\(column) IS DISTINCT FROM NEW.\(column)"),
    ] {
      try await client.execute(
        """
        CREATE TRIGGER \(identifier: name) AFTER \(raw: event) ON \(table) FOR EACH ROW WHEN (\(raw: when))
        EXECUTE FUNCTION soak.note()
        """)
    }
  }

  /// Writes a burst at its source, in the caller's transaction.
  func write(_ burst: Burst, on connection: PostgresConnection) async throws {
    switch way {
    case .up:
      try await connection.execute(
        """
        INSERT INTO region.project (id, organization_id, slug, name)
        SELECT gen_random_uuid(), \(organization)::uuid, x.key, x.number::text
        FROM unnest(\(burst.come)::text[], \(burst.comeNumbers)::int8[]) AS x (key, number)
        """)
      try await connection.execute(
        """
        UPDATE region.project AS p SET name = x.number::text
        FROM unnest(\(burst.change)::text[], \(burst.changeNumbers)::int8[]) AS x (key, number)
        WHERE p.organization_id = \(organization)::uuid AND p.slug = x.key
        """)
      try await connection.execute(
        "DELETE FROM region.project WHERE organization_id = \(organization)::uuid AND slug = ANY(\(burst.go)::text[])")
    case .down:
      try await connection.execute(
        """
        INSERT INTO control.api_token (id, organization_id, user_id, name, digest, scopes, expires)
        SELECT x.key::uuid, \(organization)::uuid, \(user)::uuid, 'soak', sha256(x.key::bytea), 'project:read',
          \(Self.base)::int8 + x.number
        FROM unnest(\(burst.come)::text[], \(burst.comeNumbers)::int8[]) AS x (key, number)
        """)
      try await connection.execute(
        """
        UPDATE control.api_token AS t SET expires = \(Self.base)::int8 + x.number
        FROM unnest(\(burst.change)::text[], \(burst.changeNumbers)::int8[]) AS x (key, number) WHERE t.id = x.key::uuid
        """)
      try await connection.execute(
        """
        UPDATE control.api_token SET state = 'revoked', ended = clock_timestamp()
        WHERE id = ANY(\(burst.go)::text[]::uuid[])
        """)
    }
  }

  /// What stands at the source, by key.
  func written(on client: PostgresClient) async throws -> [String: Int64] {
    switch way {
    case .up: try await Self.rows("SELECT slug, name::int8 FROM region.project WHERE slug LIKE 'e-%'", on: client)
    case .down:
      try await Self.rows(
        "SELECT id::text, expires - \(Self.base)::int8 FROM control.api_token WHERE name = 'soak' AND state = 'active'",
        on: client)
    }
  }

  /// What the receiver holds, by key.
  func held(on client: PostgresClient) async throws -> [String: Int64] {
    switch way {
    case .up: try await Self.rows("SELECT slug, name::int8 FROM directory.project WHERE slug LIKE 'e-%'", on: client)
    case .down: try await Self.rows("SELECT id::text, expires - \(Self.base)::int8 FROM replica.api_token", on: client)
    }
  }

  /// The receiver's trail behind an id, with the id of its last entry.
  static func trail(after last: Int64, on client: PostgresClient) async throws -> (effects: [Effect], last: Int64) {
    let rows = try await client.query(
      "SELECT id, key, deed, number FROM soak.effect WHERE id > \(last) ORDER BY id"
    ).decode((Int64, String, String, Int64).self)
    let effects = rows.compactMap { row in
      Effect.Deed(rawValue: row.2).map { Effect(key: row.1, deed: $0, number: row.3) }
    }
    return (effects, rows.last?.0 ?? last)
  }

  private static func rows(_ query: SQL, on client: PostgresClient) async throws -> [String: Int64] {
    Dictionary(try await client.query(query).decode((String, Int64).self)) { first, _ in first }
  }
}
