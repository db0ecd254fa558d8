import Logging
@testable import Postgres
import TestSupport
import Testing

@Suite("Replication streams")
struct ReplicationTests {
  private static let limit = Duration.seconds(60)

  /// Lends a database with a published table, and its configuration.
  private func withPublished(_ body: (PostgresClient, PostgresConfiguration) async throws -> Void) async throws {
    try await withTestDatabase { client in
      try await client.withConnection {
        try await $0.runScript(
          """
          CREATE TABLE t (a bigint); CREATE TABLE other (a bigint);
          CREATE PUBLICATION "my ""pub" FOR TABLE t WITH (publish = 'insert')
          """)
      }
      try await body(client, client.configuration)
    }
  }

  private func streaming(
    _ configuration: PostgresConfiguration, _ slot: String, _ body: (ReplicationConnection) async throws -> Void
  ) async throws {
    try await ReplicationConnection.with(configuration) { connection in
      try await connection.createTemporarySlot(slot)
      try await connection.start(slot: slot, publication: "my \"pub")
      try await body(connection)
    }
  }

  /// The kinds of the next messages of the stream, up to a commit.
  private func transaction(_ connection: ReplicationConnection) async throws -> String {
    var kinds = ""
    while !kinds.hasSuffix("C") {
      guard let message = try await connection.next(within: Self.limit) else { return kinds + " and nothing" }
      guard case .data(_, _, let payload) = message, let first = payload.first else { continue }
      kinds.unicodeScalars.append(Unicode.Scalar(first))
    }
    return kinds
  }

  @Test("a committed insert arrives, another table's and a rolled back one do not")
  func inserts() async throws {
    try await withPublished { client, configuration in
      try await streaming(configuration, "inserts") { connection in
        struct Undo: Error {}
        try await client.execute("INSERT INTO other (a) VALUES (1)")
        await #expect(throws: Undo.self) {
          try await client.withTransaction {
            try await $0.execute("INSERT INTO t (a) VALUES (1)")
            throw Undo()
          }
        }
        try await client.execute("INSERT INTO t (a) VALUES (1), (2)")
        #expect(try await transaction(connection) == "BRIIC")
        try await client.execute("DELETE FROM t")
        try await client.execute("INSERT INTO t (a) VALUES (3)")
        #expect(try await transaction(connection) == "BIC")
      }
    }
  }

  @Test("an answer lets the server forget its log, and a question is answered")
  func acknowledges() async throws {
    try await withPublished { client, configuration in
      try await streaming(configuration, "acknowledges") { connection in
        try await client.execute("INSERT INTO t (a) VALUES (1)")
        _ = try await transaction(connection)
        let before = try await confirmed("acknowledges", client)
        try await client.execute("INSERT INTO t (a) VALUES (2)")
        var end = WALPosition(rawValue: 0)
        while end.rawValue <= before {
          end = try #require(try await connection.next(within: Self.limit)).end
        }
        try await connection.acknowledge(end, wantsReply: true)
        // The sign of life that was asked for comes after the answer was taken in; others may come before.
        while try await confirmed("acknowledges", client) != end.rawValue {
          _ = try #require(try await connection.next(within: Self.limit))
        }
      }
      // The connection is closed when its last holder is gone: the server drops the slot then, and another may take its name.
      try await streaming(configuration, "another") { _ in }
    }
  }

  private func confirmed(_ slot: String, _ client: PostgresClient) async throws -> UInt64 {
    let text = try await client.query(
      "SELECT (confirmed_flush_lsn - '0/0'::pg_lsn)::int8 FROM pg_replication_slots WHERE slot_name = \(slot)")
    return UInt64(try text.only().decode(Int64.self))
  }

  @Test("nothing in time is nil, a cancelled consumer stops waiting, a killed server process is an error")
  func ends() async throws {
    try await withPublished { client, configuration in
      try await streaming(configuration, "ends") { connection in
        // Keepalives may come first.
        while try await connection.next(within: .milliseconds(200)) != nil {}
        let administrator = try await PostgresTestServer.shared.administrator()
        try await administrator.execute("SELECT pg_terminate_backend(\(connection.serverProcessID), 10000)")
        let error = await #expect(throws: PostgresError.self) {
          while try await connection.next(within: Self.limit) != nil {}
        }
        #expect(error?.sqlState == .adminShutdown || error?.code == .connection)
      }
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await streaming(configuration, "cancelled") { connection in
            while try await connection.next(within: Self.limit) != nil {}
          }
        }
        group.cancelAll()
        await #expect(throws: (any Error).self) { try await group.waitForAll() }
      }
    }
  }

  @Test("a missing publication, a slot of a bad name and a slot that is not there are refused")
  func refusals() async throws {
    try await withPublished { client, configuration in
      let name = await #expect(throws: PostgresError.self) {
        try await ReplicationConnection.with(configuration) { try await $0.createTemporarySlot("x; DROP TABLE t") }
      }
      #expect(name?.code == .misuse)
      let slot = await #expect(throws: PostgresError.self) {
        try await ReplicationConnection.with(configuration) {
          try await $0.start(slot: "not_there", publication: "my \"pub")
        }
      }
      #expect(slot?.sqlState?.rawValue == "42704")
      let publication = await #expect(throws: PostgresError.self) {
        try await ReplicationConnection.with(configuration) { connection in
          try await connection.createTemporarySlot("unpublished")
          try await connection.start(slot: "unpublished", publication: "not there")
          try await client.execute("INSERT INTO t (a) VALUES (1)")
          while try await connection.next(within: Self.limit) != nil {}
        }
      }
      #expect(publication?.sqlState?.rawValue == "42704")
    }
  }

  @Test(
    "a malformed message is refused",
    arguments: [[], [0x77], [UInt8](repeating: 0x77, count: 24), [UInt8](repeating: 0x6b, count: 17), [0x78, 1, 2]])
  func malformed(bytes: [UInt8]) {
    let error = #expect(throws: PostgresError.self) { try ReplicationMessage(bytes) }
    #expect(error?.code == .decoding)
  }

  @Test("messages are read and written as the manual says")
  func codec() throws {
    let data = try ReplicationMessage([0x77] + Array(0..<24) + [0x49, 1])
    #expect(
      data
        == .data(
          start: WALPosition(rawValue: 0x0001_0203_0405_0607), end: WALPosition(rawValue: 0x0809_0A0B_0C0D_0E0F),
          payload: [0x49, 1]))
    let keepalive = try ReplicationMessage([0x6b] + Array(0..<16) + [1])
    #expect(keepalive == .keepalive(end: WALPosition(rawValue: 0x0001_0203_0405_0607), wantsReply: true))
    let status = ReplicationMessage.status(WALPosition(rawValue: 0x0102), microseconds: -1, wantsReply: true)
    let position: [UInt8] = [0, 0, 0, 0, 0, 0, 1, 2]
    #expect(status == [0x72] + position + position + position + [UInt8](repeating: 255, count: 8) + [1])
  }
}
