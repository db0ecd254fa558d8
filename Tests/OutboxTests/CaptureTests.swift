import FoundationEssentials
import Outbox
import Postgres
import SyncProtocol
import Testing

@Suite("Capture commits with the change or not at all")
struct CaptureTests {
  @Test("a rolled back transaction leaves no pointer, a committed one leaves one a change")
  func commitAndRollback() async throws {
    try await Pair.with { pair in
      struct Undo: Error {}
      await #expect(throws: Undo.self) {
        try await pair.source.withTransaction { connection in
          try await connection.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
          throw Undo()
        }
      }
      #expect(try await pair.pending() == 0)
      try await pair.source.withTransaction { connection in
        try await connection.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid()), (gen_random_uuid())")
        #expect(try await pair.pending() == 0)
      }
      #expect(try await pair.pending() == 2)
    }
  }

  @Test("a savepoint that is rolled back takes its pointers along, with the id of the whole transaction on the others")
  func savepoints() async throws {
    try await Pair.with { pair in
      struct Undo: Error {}
      let own = try await pair.source.withTransaction { connection in
        try await connection.withTransaction { inner in
          try await inner.execute("INSERT INTO app.item (id, name) VALUES (gen_random_uuid(), 'kept')")
        }
        do {
          try await connection.withTransaction { inner in
            try await inner.execute("INSERT INTO app.item (id, name) VALUES (gen_random_uuid(), 'undone')")
            throw Undo()
          }
        } catch is Undo {}
        return try await connection.query("SELECT pg_current_xact_id()").only().decode(TransactionID.self)
      }
      let pointers = try await pair.source.query("SELECT xid FROM outbox.pending").decode(TransactionID.self)
      #expect(pointers == [own])
      try await pair.settle()
      #expect(try await pair.contents().replica.count == 1)
    }
  }

  @Test("a change of the key captures the old and the new key")
  func keyChange() async throws {
    try await Pair.with { pair in
      try await pair.settle()
      let old = UUID()
      let new = UUID()
      try await pair.source.execute("INSERT INTO app.item (id, name) VALUES (\(old), 'moved')")
      try await pair.settle()
      try await pair.source.execute("UPDATE app.item SET id = \(new) WHERE id = \(old)")
      try await pair.settle()
      #expect(try await pair.contents().replica == ["\(new.uuidString.lowercased())|moved|0"])
    }
  }

  @Test("TRUNCATE captures every row, and is refused where a snapshot could hide rows")
  func truncate() async throws {
    try await Pair.with { pair in
      try await pair.source.execute(
        "INSERT INTO app.item (id, n) SELECT gen_random_uuid(), g FROM generate_series(1, 50) AS g")
      try await pair.settle()
      let error = await #expect(throws: PostgresError.self) {
        try await pair.source.withTransaction(.repeatableRead) { try await $0.execute("TRUNCATE app.item") }
      }
      #expect(error?.sqlState == .featureNotSupported)
      try await pair.source.execute("TRUNCATE app.item")
      try await pair.settle()
      #expect(try await pair.contents().replica.isEmpty)
    }
  }

  @Test("the Swift append and the SQL function append the same pointer in the caller's transaction")
  func append() async throws {
    try await Pair.with { pair in
      let key = try #require(RowKey("0190a0b0-0000-7000-8000-000000000001"))
      let capture = Capture(doorbell: pair.doorbell)
      let before = pair.doorbell.rings
      try await pair.source.withTransaction { connection in
        let own = try await capture.append([RowReference(kind: Kind("item"), key: key)], on: connection)
        let answered = try await connection.query("SELECT outbox.append('item', \(key.text)::text)")
        #expect(try answered.only().decode(TransactionID.self) == own)
      }
      capture.committed()
      #expect(pair.doorbell.rings == before + 1)
      let keys = try await pair.source.query("SELECT DISTINCT encode(key, 'hex') FROM outbox.pending")
      #expect(try keys.decode(String.self) == ["0190a0b0000070008000000000000001"])
      #expect(try await pair.pending() == 2)
    }
  }

  @Test("an undeclared kind and a key of another type are refused before anything is written")
  func refusals() async throws {
    try await Pair.with { pair in
      let capture = Capture(doorbell: pair.doorbell)
      let key = try #require(RowKey("not-a-uuid"))
      await #expect(throws: CaptureError.badKey(Kind("item"), .uuid)) {
        try await pair.source.withTransaction {
          try await capture.append([RowReference(kind: Kind("item"), key: key)], on: $0)
        }
      }
      await #expect(throws: CaptureError.undeclaredKind(Kind("nothing"))) {
        try await pair.source.withTransaction {
          try await capture.append([RowReference(kind: Kind("nothing"), key: key)], on: $0)
        }
      }
      await #expect(throws: PostgresError.self) {
        try await pair.source.execute("SELECT outbox.append('nothing', 'x'::text)")
      }
      await #expect(throws: PostgresError.self) {
        try await pair.source.execute("SELECT outbox.declare_kind('item', 'text')")
      }
      #expect(try await pair.pending() == 0)
    }
  }

  @Test("a table has one writer: apply's tables refuse capture, captured tables refuse apply")
  func oneWriter() async throws {
    try await Pair.with { pair in
      try await pair.replica.execute("SELECT outbox.declare_kind('echo', 'uuid')")
      let refused = await #expect(throws: PostgresError.self) {
        try await pair.replica.execute("SELECT outbox.capture('replica.item', 'echo')")
      }
      #expect(refused?.sqlState?.rawValue == "55000")
      let captured = await #expect(throws: PostgresError.self) {
        try await pair.source.execute("SELECT outbox.declare_replica('app.item', 'item')")
      }
      #expect(captured?.sqlState?.rawValue == "55000")
    }
  }

  @Test(
    "a table that cannot be captured is refused with a reason",
    arguments: [
      ("CREATE TABLE app.t (id uuid, PRIMARY KEY (id)) PARTITION BY HASH (id)", "42809"),
      ("CREATE VIEW app.t AS SELECT gen_random_uuid() AS id", "42809"),
      ("CREATE TABLE app.t (a uuid, b uuid, PRIMARY KEY (a, b))", "22023"),
      ("CREATE TABLE app.t (id uuid NOT NULL)", "22023"),
      ("CREATE TABLE app.t (id bigint PRIMARY KEY)", "42804"),
    ])
  func unfitTables(definition: String, state: String) async throws {
    try await Pair.with { pair in
      try await pair.source.execute(SQL(raw: definition))
      try await pair.source.execute("SELECT outbox.declare_kind('t', 'uuid')")
      let error = await #expect(throws: PostgresError.self) {
        try await pair.source.execute("SELECT outbox.capture('app.t', 't')")
      }
      #expect(error?.sqlState?.rawValue == state)
    }
  }

  @Test("sessions in replica role are captured as well, and capturing again changes nothing")
  func replicaRole() async throws {
    try await Pair.with { pair in
      try await pair.source.execute("SELECT outbox.capture('app.item', 'item')")
      try await pair.source.withTransaction { connection in
        try await connection.execute("SET LOCAL session_replication_role = 'replica'")
        try await connection.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
      }
      #expect(try await pair.pending() == 1)
    }
  }

  @Test(
    "a text key of no or more than 255 bytes is refused, whoever appends it",
    arguments: ["", String(repeating: "é", count: 128)])
  func keyLength(key: String) async throws {
    try await Pair.with { pair in
      try await pair.source.execute("CREATE TABLE app.tag (id text PRIMARY KEY)")
      try await pair.source.execute("SELECT outbox.declare_kind('tag', 'text')")
      try await pair.source.execute("SELECT outbox.capture('app.tag', 'tag')")
      let statements: [SQL] = [
        "INSERT INTO app.tag (id) VALUES (\(key))", "SELECT outbox.append('tag', \(key)::text)",
        "SELECT outbox.append_pointers('{1,1}'::smallint[], ARRAY['a', convert_to(\(key), 'UTF8')]::bytea[])",
        "SELECT outbox.append_pointers('{1}'::smallint[], ARRAY[convert_to(\(key), 'UTF8')]::bytea[])",
      ]
      for statement in statements {
        let error = await #expect(throws: PostgresError.self) { try await pair.source.execute(statement) }
        #expect(error?.sqlState == .checkViolation)
      }
      try await pair.source.execute("INSERT INTO app.tag (id) VALUES (\(String(repeating: "x", count: 255)))")
      #expect(try await pair.pending() == 1)
    }
  }

  @Test("a text key that changes only for those who compare bytes is a change of the key")
  func insensitiveCollation() async throws {
    try await Pair.with { pair in
      try await pair.source.execute(
        "CREATE COLLATION app.anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
      try await pair.source.execute("CREATE TABLE app.tag (id text COLLATE app.anycase PRIMARY KEY)")
      try await pair.source.execute("SELECT outbox.declare_kind('tag', 'text')")
      try await pair.source.execute("SELECT outbox.capture('app.tag', 'tag')")
      try await pair.source.execute("INSERT INTO app.tag (id) VALUES ('a')")
      try await pair.source.execute("UPDATE app.tag SET id = 'A'")
      let keys = try await pair.source.query("SELECT DISTINCT convert_from(key, 'UTF8') FROM outbox.pending")
      #expect(try keys.decode(String.self).sorted() == ["A", "a"])
    }
  }

  @Test("a pointer goes to the table of its sequence value, also when it is inserted into their parent")
  func routing() async throws {
    try await Pair.with { pair in
      for turn in 0..<5 {
        try await pair.source.execute("SELECT setval('outbox.pending_seq', \(Int64(turn) << 16 | 1))")
        try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
        try await pair.source.execute("SELECT outbox.append('item', gen_random_uuid())")
        try await pair.source.execute(
          "SELECT outbox.append_pointers('{1,1}'::smallint[], ARRAY['0123456789abcdef', '0123456789abcdef']::bytea[])")
        try await pair.source.execute(
          "INSERT INTO outbox.pending (seq, xid, kind, key) VALUES (nextval('outbox.pending_seq'), pg_current_xact_id(), 1, 'a')"
        )
        let found = try await pair.source.query(
          """
          SELECT count(*), count(*) FILTER (WHERE p.tableoid = ('outbox.pending_' || ((p.seq >> 16) & 3))::regclass)
          FROM outbox.pending AS p WHERE p.seq >> 16 = \(Int64(turn))
          """
        ).only().decode((Int64, Int64).self)
        #expect(found == (5, 5))
      }
      #expect(try await pair.source.query("SELECT count(*) FROM ONLY outbox.pending").only().decode(Int64.self) == 0)
    }
  }

  @Test("TRUNCATE of a captured table appends to the table that is being filled")
  func truncateRoutes() async throws {
    try await Pair.with { pair in
      try await pair.source.execute("CREATE TABLE app.tag (id text PRIMARY KEY)")
      try await pair.source.execute("SELECT outbox.declare_kind('tag', 'text')")
      try await pair.source.execute("SELECT outbox.capture('app.tag', 'tag')")
      try await pair.source.execute("INSERT INTO app.tag (id) VALUES ('a''b'), ('c')")
      try await pair.source.execute("SELECT setval('outbox.pending_seq', 65536)")
      try await pair.source.execute("TRUNCATE app.tag")
      let keys = try await pair.source.query("SELECT convert_from(key, 'UTF8') FROM outbox.pending_1")
      #expect(try keys.decode(String.self).sorted() == ["a'b", "c"])
    }
  }
}
