import FoundationEssentials
import Postgres
import TestSupport
import Testing

@Suite struct QueryTests {
  @Test("every codec carries its values there and back")
  func roundTrip() async throws {
    try await withTestDatabase { client in
      let id = UUID()
      let now = Date(timeIntervalSinceReferenceDate: 700_000_000.123_456)
      let row = try await client.query(
        """
        SELECT \(true), \(Int16.min), \(Int32.max), \(Int64.min), \(42), \(0.1), \("grüße 🏝"), \([UInt8]([0, 255])),
               \(id), \(now), \(JSONB("{\"a\": 1}")), \(TransactionID(rawValue: .max)), \(String?.none)
        """
      ).only()
      let (bool, int2, int4, int8, int, double, text, bytes, uuid, date, json, xid, none) = try row.decode(
        (
          Bool, Int16, Int32, Int64, Int, Double, String, [UInt8], UUID, Date, JSONB, TransactionID, String?
        ).self)
      #expect(bool && int2 == .min && int4 == .max && int8 == .min && int == 42 && double == 0.1)
      #expect(text == "grüße 🏝" && bytes == [0, 255] && uuid == id)
      #expect(abs(date.timeIntervalSince(now)) < 0.000_001)
      #expect(json == JSONB("{\"a\": 1}") && xid.rawValue == .max && none == nil)
    }
  }

  @Test("the short way to a text reads what the long one does")
  func texts() async throws {
    try await withTestDatabase { client in
      let rows = try await client.query(
        "SELECT * FROM (VALUES ('plain', 'a'::name, 1), ('grüße 🏝', 'b', 2), ('', 'c', 3), (NULL, NULL, NULL)) AS t (a, b, c)"
      )
      for row in rows {
        #expect(try row.text(at: 0) == String?(from: row[0]))
        #expect(try row.text(at: 1) == String?(from: row[1]))
      }
      #expect(try rows.map { try $0.text(at: 0) } == ["plain", "grüße 🏝", "", nil])
      #expect(throws: PostgresError.self) { try rows[0].text(at: 2) }
    }
  }

  @Test("arrays carry their elements, NULL ones too, and an empty one is empty")
  func arrays() async throws {
    try await withTestDatabase { client in
      let ids = [UUID(), UUID()]
      let names: [String?] = ["a", nil, ""]
      let row = try await client.query(
        "SELECT \(ids), \(names), \([Int64]()), \([true, false]), \([[UInt8]]([[], [1]])), \([Int16](arrayLiteral: 7))"
      ).only()
      let decoded = try row.decode(([UUID], [String?], [Int64], [Bool], [[UInt8]], [Int16]).self)
      #expect(decoded.0 == ids && decoded.1 == names && decoded.2.isEmpty && decoded.3 == [true, false])
      #expect(decoded.4 == [[], [1]] && decoded.5 == [7])
      let count = try await client.query(
        "SELECT count(*) FROM unnest(\(ids), \(names)) AS t(id, name) WHERE id = ANY(\(ids))"
      ).only().decode(Int.self)
      #expect(count == 2)
    }
  }

  @Test("a value is never text: quotes, semicolons and placeholders arrive as they are")
  func injection() async throws {
    try await withTestDatabase { client in
      let hostile = "'; DROP TABLE x; -- $1 \\ \""
      let condition: SQL = "WHERE \(hostile) = v AND 1 = \(1)"
      let sql: SQL = "SELECT v, \(2) FROM (VALUES (\(hostile))) AS t(v) " + condition
      let (text, two) = try await client.query(sql).only().decode((String, Int).self)
      #expect(text == hostile && two == 2)
      #expect(sql.text.contains("$3 = v AND 1 = $4") && sql.parameterCount == 4)
      let name = "od\"d"
      try await client.execute("CREATE TABLE \(identifier: name) (x int8)")
      #expect(try await client.execute("INSERT INTO \(identifier: name) VALUES (1), (2)") == 2)
    }
  }

  @Test("a statement that repeats is prepared once and goes on after its table changed")
  func preparedStatements() async throws {
    try await withTestDatabase { client in
      try await client.withConnection { connection in
        try await connection.runScript("CREATE TABLE t (a int8); INSERT INTO t VALUES (1)")
        for _ in 0..<5 { #expect(try await connection.query("SELECT * FROM t").only().count == 1) }
        let prepared: SQL = "SELECT count(*) FROM pg_prepared_statements"
        #expect(try await connection.query(prepared).only().decode(Int.self) == 1)
        try await connection.execute("ALTER TABLE t ADD b int8")
        #expect(try await connection.query("SELECT * FROM t").only().count == 2)
      }
    }
  }

  @Test("a column of another type is refused with column, object id and type, never the value")
  func decodeErrors() async throws {
    try await withTestDatabase { client in
      let rows = try await client.query("SELECT 'secret'::text AS name, NULL::int8 AS age")
      let error = #expect(throws: PostgresError.self) { try rows.only().decode((Int64, Int64).self) }
      #expect(error?.code == .decoding)
      let text = "\(try #require(error))"
      #expect(text.contains("name") && text.contains("25") && text.contains("Int64") && !text.contains("secret"))
      let null = #expect(throws: PostgresError.self) { try rows.only().decode((String, Int64).self) }
      #expect(null?.description.contains("age") == true && null?.description.contains("NULL") == true)
      #expect(throws: PostgresError.self) { try rows.only().decode((String, Int64?, Bool).self) }
      let big = try await client.query("SELECT 70000::int4").only()
      #expect(throws: PostgresError.self) { try big.decode(Int16.self) }
    }
  }

  @Test("a server's error has its SQLSTATE and constraint and keeps values out of its description")
  func serverErrors() async throws {
    try await withTestDatabase { client in
      try await client.execute("CREATE TABLE person (email text CONSTRAINT person_email UNIQUE)")
      try await client.execute("INSERT INTO person VALUES (\("ada@example.org"))")
      let error = await #expect(throws: PostgresError.self) {
        try await client.execute("INSERT INTO person VALUES (\("ada@example.org"))")
      }
      #expect(error?.code == .server(.uniqueViolation) && error?.constraint == "person_email")
      #expect(error.map { "\($0)" }?.contains("ada") == false)
      let cast = await #expect(throws: PostgresError.self) { try await client.query("SELECT \("s3cret")::int8") }
      #expect(cast?.sqlState == .invalidTextRepresentation && cast.map { "\($0)" }?.contains("s3cret") == false)
    }
  }

  @Test("a NUL in a statement is refused here, in a value by the server")
  func nulBytes() async throws {
    try await withTestDatabase { client in
      let here = await #expect(throws: PostgresError.self) { try await client.query(SQL(raw: "SELECT 1\u{0}; DROP")) }
      #expect(here?.code == .encoding)
      let there = await #expect(throws: PostgresError.self) { try await client.query("SELECT \("a\u{0}b")") }
      #expect(there?.sqlState == .characterNotInRepertoire)
      let after = try await client.query("SELECT 1")
      #expect(after.count == 1)
    }
  }
}
