import FoundationEssentials
import Postgres
import TestSupport
import Testing

@Suite struct CopyTests {
  struct GaveUp: Error, Equatable {}

  @Test("binary rows go in by the chunk and come out again as text")
  func roundTrip() async throws {
    try await withTestDatabase { client in
      try await client.withConnection { connection in
        try await connection.execute("CREATE TABLE t (id uuid, n int8, v text, b bytea)")
        let (id, rows) = (UUID(), 20_000)
        let copied = try await connection.copyIn(into: ["public", "t"], columns: ["id", "n", "v", "b"]) { writer in
          for index in 0..<rows {
            try await writer.row(id, Int64(index), index == 0 ? nil : "row \(index)", [UInt8](repeating: 7, count: 9))
          }
        }
        #expect(copied == rows)
        let check = try await connection.query(
          "SELECT count(*), count(v), sum(n)::int8 FROM t WHERE id = \(id) AND length(b) = 9")
        #expect(try check.only().decode((Int, Int, Int).self) == (rows, rows - 1, rows * (rows - 1) / 2))
        var (lines, chunks) = (0, 0)
        let out = try await connection.copyOut("COPY (SELECT n FROM t ORDER BY n) TO STDOUT") { bytes in
          chunks += 1
          lines += bytes.count { $0 == UInt8(ascii: "\n") }
        }
        #expect(out == rows && lines == rows && chunks > 1)
        try await connection.query("SELECT 1")
      }
    }
  }

  @Test("a writer that throws leaves nothing of its copy, and the connection goes on")
  func failingWriter() async throws {
    try await withTestDatabase { client in
      try await client.withConnection { connection in
        try await connection.execute("CREATE TABLE t (n int8)")
        await #expect(throws: GaveUp()) {
          try await connection.copyIn(into: ["t"], columns: ["n"]) { writer in
            for index in 0..<50_000 { try await writer.row(Int64(index)) }
            throw GaveUp()
          }
        }
        let rows = try await connection.query("SELECT n FROM t")
        #expect(rows.isEmpty)
      }
    }
  }

  @Test("a reader that throws ends the statement; its connection is not lent again")
  func failingReader() async throws {
    try await withTestDatabase { client in
      await #expect(throws: GaveUp()) {
        try await client.withConnection { connection in
          try await connection.copyOut("COPY (SELECT generate_series(1, 10000000)) TO STDOUT") { _ in throw GaveUp() }
        }
      }
      #expect(client.poolCounts.open == 0)
    }
  }

  @Test("rows that the server refuses are its error, and the connection goes on")
  func refusedRows() async throws {
    try await withTestDatabase { client in
      try await client.withConnection { connection in
        try await connection.execute("CREATE TABLE t (n int8 PRIMARY KEY)")
        let twice = await #expect(throws: PostgresError.self) {
          try await connection.copyIn(into: ["t"], columns: ["n"]) { writer in
            for _ in 0..<2 { try await writer.row(Int64(1)) }
          }
        }
        #expect(twice?.sqlState == .uniqueViolation)
        let missing = await #expect(throws: PostgresError.self) {
          try await connection.copyIn(into: ["missing"], columns: ["n"]) { _ in }
        }
        #expect(missing?.sqlState == .undefinedTable)
        try await connection.query("SELECT 1")
      }
    }
  }

  @Test("COPY of the other direction, with parameters or through query is refused")
  func misuse() async throws {
    try await withTestDatabase { client in
      try await client.execute("CREATE TABLE t (n int8)")
      for sql: SQL in ["COPY t TO STDOUT", "SELECT 1", "COPY t FROM STDIN \("parameter")"] {
        let error = await #expect(throws: PostgresError.self) {
          try await client.withConnection { connection in try await connection.copyIn(sql) { _ in } }
        }
        #expect(error?.code == .misuse)
      }
      let wrong = await #expect(throws: PostgresError.self) {
        try await client.withConnection { connection in try await connection.copyOut("COPY t FROM STDIN") { _ in } }
      }
      #expect(wrong?.code == .misuse)
      for statement: SQL in ["COPY t FROM STDIN", "COPY t TO STDOUT"] {
        let error = await #expect(throws: PostgresError.self) { try await client.query(statement) }
        #expect(error?.code == .misuse)
      }
      try await client.query("SELECT 1")
    }
  }
}
