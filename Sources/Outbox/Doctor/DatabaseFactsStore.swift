internal import FoundationEssentials
package import Postgres
internal import SyncProtocol

/// Looks at a silo's database for `atoll doctor`. Reads only, and with a short statement time-out: a doctor must not add to the trouble.
package struct DatabaseFactsStore: Sendable {
  /// The group role of the silo's application, such as `atoll_region_application`.
  private let application: String
  private let service: String
  /// The silo's schemas besides `outbox`.
  private let schemas: [String]
  private let witness: LogWitness?

  /// - Parameter silo: `control` or `region`, as in the names of the group roles.
  package init(silo: String, schemas: [String], witness: LogWitness? = nil) {
    application = "atoll_\(silo)_application"
    service = "atoll_\(silo)_service"
    self.schemas = schemas
    self.witness = witness
  }

  private static let settings = [
    "fsync", "full_page_writes", "synchronous_commit", "wal_level", "max_connections", "superuser_reserved_connections",
    "statement_timeout", "data_directory", "max_prepared_transactions",
  ]

  /// Everything. Takes about two seconds, because a fence that rises is only seen by looking twice.
  package func read(on connection: PostgresConnection, pause: Duration = .seconds(2)) async throws -> DatabaseFacts {
    try await connection.execute("SELECT set_config('statement_timeout', '10s', false)")
    var facts = DatabaseFacts()
    try await readServer(&facts, on: connection)
    try await readRights(&facts, on: connection)
    try await readHolders(&facts, on: connection)
    guard try await exists("outbox.sequencer", on: connection) else { return facts }
    let first = try await fence(on: connection)
    try await Task.sleep(for: pause)
    facts.fences = (first, try await fence(on: connection))
    try await readLog(&facts, on: connection)
    return facts
  }

  private func exists(_ table: String, on connection: PostgresConnection) async throws -> Bool {
    try await connection.query("SELECT to_regclass(\(table)) IS NOT NULL").only().decode(Bool.self)
  }

  private func fence(on connection: PostgresConnection) async throws -> Int64 {
    try await connection.query("SELECT fence FROM outbox.sequencer").only().decode(Int64.self)
  }

  private func readServer(_ facts: inout DatabaseFacts, on connection: PostgresConnection) async throws {
    let before = Date()
    let now = try await connection.query("SELECT extract(epoch FROM clock_timestamp())::float8").only()
      .decode(Double.self)
    let middle = before.timeIntervalSince1970 + Date().timeIntervalSince(before) / 2
    facts.clockDifference = now - middle
    let row = try await connection.query(
      """
      SELECT current_setting('server_version_num')::int8, current_user::text, r.rolsuper,
        pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'),
        COALESCE((SELECT pg_has_role(current_user, n.nspowner, 'USAGE') FROM pg_namespace AS n WHERE n.nspname = 'outbox'),
          false),
        (SELECT count(*) FROM pg_stat_activity AS a WHERE a.backend_type = 'client backend')
      FROM pg_roles AS r WHERE r.rolname = current_user
      """
    ).only().decode((Int64, String, Bool, Bool, Bool, Int64).self)
    facts.version = Int(row.0)
    facts.user = row.1
    facts.isSuperuser = row.2
    facts.seesSessions = row.2 || row.3
    facts.isOwner = row.4
    facts.connectionsUsed = row.5
    // The session's own statement_timeout was just set: what the server or the role says stands in reset_val.
    let settings = try await connection.query(
      "SELECT name, reset_val FROM pg_settings WHERE name = ANY(\(Self.settings))"
    ).decode((String, String?).self)
    for (name, value) in settings { facts.settings[name] = value }
  }

  private func readRights(_ facts: inout DatabaseFacts, on connection: PostgresConnection) async throws {
    let roles = try await connection.query("SELECT rolname::text FROM pg_roles").decode(String.self)
    facts.missingRoles = [service, application].filter { !roles.contains($0) }
    let needed = [("SELECT", "outbox.sequencer"), ("UPDATE", "outbox.sequencer"), ("INSERT", "outbox.segment")]
    for (right, table) in needed where try await exists(table, on: connection) {
      let has = try await connection.query(
        "SELECT has_table_privilege(current_user, \(table)::text, \(right)::text)"
      ).only().decode(Bool.self)
      if !has { facts.missingRights.append("\(right) \(table)") }
    }
    if roles.contains(application) {
      facts.wideRights = try await connection.query(
        """
        SELECT p.right || ' ' || n.nspname || '.' || c.relname
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace,
          unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p ("right")
        WHERE n.nspname = ANY(\(["outbox"] + schemas)) AND c.relkind IN ('r', 'p', 'v')
          AND has_table_privilege(\(application)::name, c.oid, p.right)
        ORDER BY 1 LIMIT 50
        """
      ).decode(String.self)
    }
    // Capture's trigger functions qualify every name instead: a SET costs each captured row more than its pointer.
    facts.unpinned = try await connection.query(
      """
      SELECT n.nspname || '.' || p.proname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
      WHERE n.nspname = ANY(\(["outbox", "atoll"] + schemas)) AND p.prosecdef
        AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS c (setting) WHERE c.setting LIKE 'search_path=%')
        AND NOT (n.nspname = 'outbox' AND p.proname ~ '^capture_[0-9]+$' AND p.prorettype = 'trigger'::regtype
          AND p.prosrc LIKE '%pg_catalog.pg_current_xact_id()%')
      ORDER BY 1 LIMIT 50
      """
    ).decode(String.self)
  }

  private func readHolders(_ facts: inout DatabaseFacts, on connection: PostgresConnection) async throws {
    facts.sessions = try await connection.query(
      """
      SELECT a.state, extract(epoch FROM clock_timestamp() - a.xact_start)::float8 FROM pg_stat_activity AS a
      WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL
      ORDER BY a.xact_start LIMIT 20
      """
    ).decode((String?, Double).self).map { DatabaseFacts.Session(state: $0, seconds: $1) }
    facts.prepared = try await connection.query(
      """
      SELECT extract(epoch FROM clock_timestamp() - prepared)::float8 FROM pg_prepared_xacts
      WHERE database = current_database() ORDER BY prepared LIMIT 20
      """
    ).decode(Double.self)
    facts.slots = try await connection.query(
      """
      SELECT slot_name::text, active, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::int8 FROM pg_replication_slots
      WHERE NOT pg_is_in_recovery() ORDER BY 1 LIMIT 100
      """
    ).decode((String, Bool, Int64?).self).map { DatabaseFacts.Slot(name: $0, isActive: $1, retainedBytes: $2) }
  }

  private func readLog(_ facts: inout DatabaseFacts, on connection: PostgresConnection) async throws {
    facts.log = try await LagStore.log(on: connection)
    facts.leaderIsAlive = try await connection.query(
      """
      SELECT EXISTS (
        SELECT FROM pg_stat_activity AS a JOIN outbox.sequencer AS s ON a.pid = s.backend_pid)
      """
    ).only().decode(Bool.self)
    facts.receivers = try await LagStore.receivers(on: connection).map {
      DatabaseFacts.Receiver(silo: $0.receiver, lane: $0.lane.rawValue, rows: $0.rows)
    }
    facts.applied = try await LagStore.applied(on: connection)
    for (isReported, query) in [
      (false, "SELECT code, count(*) FROM outbox.quarantine GROUP BY code ORDER BY code LIMIT 50"),
      (
        true,
        """
        SELECT code, count(*) FROM outbox.nack WHERE last_seen > clock_timestamp() - make_interval(mins => 2)
        GROUP BY code ORDER BY code LIMIT 50
        """
      ),
    ] as [(Bool, SQL)] {
      facts.refused += try await connection.query(query).decode((String, Int64).self).map {
        DatabaseFacts.Refused(code: $0, count: $1, isReported: isReported)
      }
    }
    facts.deadWebhooks = try await LagStore.webhooks(on: connection).dead
    facts.openIncidents = try await connection.query(
      "SELECT count(*) FROM outbox.incident AS i WHERE i.state = 'open'"
    ).only().decode(Int64.self)
    if let recorded = try await EpochStore.recorded(on: connection) {
      facts.isSameDatabase = try await EpochStore.identity(on: connection) == recorded
    }
    if let witness, let state = try await LogStateStore.read(on: connection) {
      facts.witnessDisagrees = witness.disagrees(with: state)
    }
  }
}
