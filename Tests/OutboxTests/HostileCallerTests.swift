import FoundationEssentials
import Outbox
import Postgres
import SyncProtocol
import TestSupport
import Testing

/// The row triggers of uuid and int8 keys pin no search_path (docs/decisions/0033): these tests are what that stands on.
@Suite("A hostile caller's names mean nothing to capture")
struct HostileCallerTests {
  /// A captured table with keys of one type.
  struct Table: Sendable, CustomTestStringConvertible {
    let keyType: String
    let columnType: String
    let before: String
    let after: String
    var testDescription: String { columnType }
  }

  static let tables = [
    Table(
      keyType: "uuid", columnType: "uuid", before: "00000000-0000-4000-8000-00000000000a",
      after: "00000000-0000-4000-8000-00000000000b"),
    Table(keyType: "int8", columnType: "bigint", before: "10", after: "11"),
    Table(keyType: "int8", columnType: "integer", before: "10", after: "11"),
    Table(keyType: "int8", columnType: "smallint", before: "10", after: "11"),
    Table(keyType: "text", columnType: "text", before: "a", after: "b"),
    Table(keyType: "text", columnType: "varchar", before: "a", after: "b"),
  ]

  /// What the caller can make: functions, operators, tables and types of the names in the triggers. Each function raises when called.
  private static func traps(_ role: String) -> String {
    let functions = [
      "nextval(regclass) RETURNS bigint", "pg_current_xact_id() RETURNS xid8", "uuid_send(uuid) RETURNS bytea",
      "int8send(bigint) RETURNS bytea", "int8send(integer) RETURNS bytea", "convert_to(text, text) RETURNS bytea",
      "convert_to(text, name) RETURNS bytea", "octet_length(bytea) RETURNS integer",
      "append_pointer(smallint, bytea) RETURNS xid8", "no(uuid, uuid) RETURNS boolean",
      "no(bigint, bigint) RETURNS boolean", "no(bigint, integer) RETURNS boolean",
      "no(integer, integer) RETURNS boolean", "no(smallint, smallint) RETURNS boolean",
      "no(text, text) RETURNS boolean", "no(varchar, varchar) RETURNS boolean", "no(bytea, bytea) RETURNS boolean",
      "bits(bigint, bigint) RETURNS bigint", "bits(bigint, integer) RETURNS bigint",
    ]
    var script = "CREATE SCHEMA evil AUTHORIZATION \(role); SET ROLE \(role);"
    for function in functions {
      script += """
        CREATE FUNCTION evil.\(function) LANGUAGE plpgsql AS
          'BEGIN RAISE EXCEPTION ''trapped as %'', current_user USING ERRCODE = ''XX999''; END';
        """
    }
    for type in [
      "uuid, uuid", "bigint, bigint", "bigint, integer", "integer, integer", "smallint, smallint",
      "text, text", "varchar, varchar", "bytea, bytea",
    ] {
      let (left, right) = (type.split(separator: ",")[0], type.split(separator: " ")[1])
      for name in ["<>", "="] {
        script += "CREATE OPERATOR evil.\(name) (LEFTARG = \(left), RIGHTARG = \(right), FUNCTION = evil.no);"
      }
    }
    script += "CREATE OPERATOR evil.& (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.bits);"
    script += "CREATE OPERATOR evil.& (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = evil.bits);"
    for table in ["pending", "pending_0", "pending_1", "pending_2", "pending_3"] {
      script += "CREATE TABLE evil.\(table) (seq bigint, xid xid8, kind smallint, key bytea);"
    }
    return script + "RESET ROLE;"
  }

  /// What the caller sets up in the session that changes the table.
  private static let session = """
    CREATE TEMP TABLE pending_0 (seq bigint, xid xid8, kind smallint, key bytea);
    CREATE TEMP TABLE pending_1 (LIKE pending_0);
    CREATE TEMP TABLE pending_2 (LIKE pending_0);
    CREATE TEMP TABLE pending_3 (LIKE pending_0);
    CREATE TEMP TABLE pending_seq (last_value bigint);
    CREATE TEMP TABLE int8 (a text);
    CREATE TEMP TABLE int2 (a text);
    CREATE TEMP TABLE xid8 (a text);
    CREATE TEMP TABLE regclass (a text);
    CREATE SCHEMA IF NOT EXISTS evil_catalog;
    SET LOCAL search_path = pg_temp, evil, evil_catalog, pg_catalog;
    """

  @Test("every change is captured with its own key and nothing of the caller's runs", arguments: tables)
  func trapped(table: Table) async throws {
    try await Pair.with { pair in
      let role = "mallory_\(UUID().uuidString.lowercased().prefix(8))"
      let database = try await pair.source.query("SELECT current_database()::text").only().decode(String.self)
      try await pair.source.withConnection { connection in
        try await connection.runScript(
          """
          CREATE TABLE app.prey (id \(table.columnType) PRIMARY KEY, n bigint);
          SELECT outbox.declare_kind('prey', '\(table.keyType)', 'main', false);
          SELECT outbox.capture('app.prey', 'prey');
          CREATE ROLE \(role); GRANT CREATE, TEMPORARY ON DATABASE "\(database)" TO \(role);
          GRANT USAGE ON SCHEMA app TO \(role); GRANT INSERT, UPDATE, DELETE ON app.prey TO \(role);
          """)
        try await connection.runScript(Self.traps(role))
      }
      try await pair.source.withTransaction { connection in
        try await connection.runScript("SET LOCAL ROLE \(role);" + Self.session)
        try await connection.runScript(
          """
          INSERT INTO app.prey (id, n) VALUES ('\(table.before)', 1);
          UPDATE app.prey SET n = 2;
          UPDATE app.prey SET id = '\(table.after)';
          DELETE FROM app.prey;
          """)
      }
      let decoded: SQL =
        switch table.keyType {
        case "uuid": "encode(p.key, 'hex')::uuid::text"
        case "int8": "('x' || encode(p.key, 'hex'))::bit(64)::bigint::text"
        default: "convert_from(p.key, 'UTF8')"
        }
      let captured = try await pair.source.query(
        """
        SELECT \(decoded) FROM outbox.pending AS p JOIN outbox.kind AS k ON k.id = p.kind
        WHERE k.name = 'prey' ORDER BY p.seq
        """
      ).decode(String.self)
      // The insert, the change, the new and the old key in either order, the delete.
      #expect(captured.prefix(2) == [table.before, table.before])
      #expect(captured.dropFirst(2).prefix(2).sorted() == [table.before, table.after])
      #expect(captured.dropFirst(4) == [table.after])
      try await pair.source.withConnection {
        try await $0.runScript("DROP OWNED BY \(role) CASCADE; DROP ROLE \(role)")
      }
    }
  }

  @Test("a function with its owner's rights pins search_path, or looks nothing up through it")
  func noUnqualifiedName() async throws {
    try await Pair.with { pair in
      let client = pair.source
      for (kind, type) in [("n", "bigint"), ("t", "text")] {
        try await client.execute("CREATE TABLE app.\(identifier: kind) (id \(raw: type) PRIMARY KEY)")
        try await client.execute("SELECT outbox.declare_kind(\(kind), \(type == "text" ? "text" : "int8"))")
        try await client.execute("SELECT outbox.capture(\("app." + kind)::text::regclass, \(kind))")
      }
      let open = try await client.query(
        """
        SELECT p.proname::text, p.prosrc FROM pg_proc AS p
        WHERE p.prosecdef AND p.pronamespace = 'outbox'::regnamespace
          AND NOT COALESCE(p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], false)
        """
      ).decode((String, String).self)
      // Those of the uuid and the int8 kind; the text kind's pins it.
      #expect(open.count == 2)
      for (name, source) in open {
        #expect(name.hasPrefix("capture_"))
        let found = Self.unqualified(in: source)
        #expect(found.isEmpty, "\(name) looks up \(found)")
      }
    }
  }

  @Test("the search for unqualified names finds them")
  func searchFinds() {
    for body in [
      "IF NEW.id <> OLD.id THEN", "v := nextval('outbox.pending_seq'::pg_catalog.regclass);", "IF a IN (1) THEN",
      "IF NEW.id IS DISTINCT FROM OLD.id THEN", "CASE v WHEN 1 THEN", "v_seq bigint;", "INSERT INTO pending_0 (seq)",
      "x := 1::int8;", "IF a BETWEEN 1 AND 2 THEN",
    ] {
      #expect(!Self.unqualified(in: body).isEmpty, "\(body)")
    }
  }

  /// The words and operators of a trigger's body that PostgreSQL would look up through search_path.
  static func unqualified(in body: String) -> [String] {
    let words: Set<String> = [
      "DECLARE", "BEGIN", "END", "IF", "THEN", "ELSE", "ELSIF", "PERFORM", "INSERT", "INTO", "VALUES", "RETURN", "NULL",
      "COALESCE", "NEW", "OLD", "OPERATOR", "v_xid", "v_seq", "seq", "xid", "kind", "key", "id",
    ]
    let allowed: Set<Character> = ["(", ")", ",", ";", ".", ":", "="]
    var rest = body
    while let start = rest.firstRange(of: "OPERATOR(pg_catalog."),
      let end = rest[start.upperBound...].firstIndex(of: ")")
    {
      rest.removeSubrange(start.lowerBound...end)
    }
    // A quoted name is one of a relation: it must carry its schema.
    rest = rest.replacing("'outbox.pending_seq'", with: "")
    var found: [String] = []
    var word = ""
    for character in rest + " " {
      if character.isLetter || character.isNumber || character == "_" || (character == "." && !word.isEmpty) {
        word.append(character)
        continue
      }
      if !word.isEmpty, Int(word) == nil, !words.contains(word), !word.hasPrefix("pg_catalog."),
        !word.hasPrefix("outbox."), !["NEW.id", "OLD.id"].contains(word)
      {
        found.append(word)
      }
      word = ""
      if !character.isWhitespace, !allowed.contains(character) { found.append(String(character)) }
    }
    // `=` only as part of `:=`, `:` only as part of `:=` and `::`.
    let signs = rest.replacing(":=", with: "").replacing("::", with: "")
    return found + signs.filter { $0 == "=" || $0 == ":" }.map(String.init)
  }
}
