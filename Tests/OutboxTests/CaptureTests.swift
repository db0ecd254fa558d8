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
}
