import Postgres
import TestSupport
import Testing

@Suite struct PipelineTests {
  @Test("results come in order and repeated statements are prepared on the way")
  func order() async throws {
    try await withTestDatabase { client in
      try await client.withConnection { connection in
        try await connection.execute("CREATE TABLE t (a int8)")
        let results = try await connection.pipeline { pipeline in
          for value in 0..<1000 { pipeline.add("INSERT INTO t VALUES (\(value)) RETURNING a") }
          pipeline.add("SELECT count(*) FROM t")
        }
        #expect(results.count == 1001)
        #expect(try results[999].only().decode(Int.self) == 999)
        #expect(try results[1000].only().decode(Int.self) == 1000)
        let after = try await connection.query("SELECT 1")
        #expect(after.count == 1)
      }
    }
  }

  @Test("an error is reported where it happened, later statements as aborted, and the whole is undone")
  func failure() async throws {
    try await withTestDatabase { client in
      try await client.withConnection { connection in
        try await connection.execute("CREATE TABLE t (a int8 PRIMARY KEY)")
        let results = try await connection.pipelineResults { pipeline in
          for value in [1, 2, 2, 3, 4] { pipeline.add("INSERT INTO t VALUES (\(value))") }
        }
        let codes = results.map { result -> PostgresError.Code? in
          if case .failure(let error) = result { error.code } else { nil }
        }
        #expect(codes == [nil, nil, .server(.uniqueViolation), .pipelineAborted, .pipelineAborted])
        let rows = try await connection.query("SELECT a FROM t")
        #expect(rows.isEmpty)
        // What was prepared during the failure is still what the cache says.
        try await connection.execute("INSERT INTO t VALUES (\(7))")
        try await connection.execute("INSERT INTO t VALUES (\(8))")
      }
    }
  }

  @Test("a statement that cannot be prepared fails with its own error, not as aborted")
  func failedPreparation() async throws {
    try await withTestDatabase { client in
      try await client.withConnection { connection in
        for _ in 0..<2 {
          let error = await #expect(throws: PostgresError.self) {
            try await connection.pipeline { pipeline in pipeline.add("SELECT * FROM missing") }
          }
          #expect(error?.sqlState == .undefinedTable)
        }
        try await connection.query("SELECT 1")
      }
    }
  }

  @Test("more answers than the socket holds do not block the sending")
  func bigAnswers() async throws {
    try await withTestDatabase { client in
      try await client.withConnection { connection in
        let argument = String(repeating: "x", count: 20_000)
        let results = try await connection.pipeline { pipeline in
          for _ in 0..<1000 { pipeline.add("SELECT repeat(\(argument), 2)") }
        }
        let total = try results.reduce(0) { try $0 + $1.only().decode(String.self).utf8.count }
        #expect(total == 40_000_000)
      }
    }
  }

  @Test("a pipeline inside a transaction belongs to it; an empty or too large one does nothing")
  func edges() async throws {
    try await withTestDatabase { client in
      try await client.execute("CREATE TABLE t (a int8)")
      await #expect(throws: CancellationError.self) {
        try await client.withTransaction { connection in
          try await connection.pipeline { pipeline in pipeline.add("INSERT INTO t VALUES (1)") }
          throw CancellationError()
        }
      }
      try await client.withConnection { connection in
        let none = try await connection.pipeline { _ in }
        #expect(none.isEmpty)
        let error = await #expect(throws: PostgresError.self) {
          try await connection.pipeline { pipeline in
            for _ in 0...Pipeline.maximumStatements { pipeline.add("SELECT 1") }
          }
        }
        #expect(error?.code == .misuse)
        let rows = try await connection.query("SELECT a FROM t")
        #expect(rows.isEmpty)
      }
    }
  }

  @Test("a backend that dies inside a pipeline is an error and never a hang")
  func killed() async throws {
    try await withTestDatabase { client in
      let error = await #expect(throws: PostgresError.self) {
        try await client.withConnection { connection in
          try await connection.pipeline { pipeline in
            pipeline.add("SELECT pg_terminate_backend(pg_backend_pid())")
            pipeline.add("SELECT 1")
          }
        }
      }
      #expect(error?.code == .connection || error?.sqlState == .adminShutdown)
      try await client.query("SELECT 1")
    }
  }
}
