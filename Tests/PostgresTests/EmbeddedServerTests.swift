import FoundationEssentials
import Logging
import Postgres
import Testing

@Suite(.serialized) struct EmbeddedServerTests {
  private let logger = Logger(label: "test.embedded")

  /// Lends a directory that is removed afterwards.
  private func withDirectory(_ body: (String) async throws -> Void) async throws {
    let directory = "/tmp/atoll-embedded-\(UUID().uuidString.prefix(8))"
    let result: Result<Void, any Error>
    do {
      try await body(directory)
      result = .success(())
    } catch {
      result = .failure(error)
    }
    if FileManager.default.fileExists(atPath: directory) { try FileManager.default.removeItem(atPath: directory) }
    try result.get()
  }

  @Test("a server started again on its directory has its data, password and port, also after a crash")
  func restart() async throws {
    try await withDirectory { directory in
      let first = try await EmbeddedServer.start(directory: directory)
      try await first.ensureDatabase("shop")
      try await first.ensureDatabase("shop")
      let client = PostgresClient(configuration: first.loopbackConfiguration(database: "shop"), logger: logger)
      try await client.withConnection { try await $0.runScript("CREATE TABLE t (a int8); INSERT INTO t VALUES (7)") }
      await first.crash()
      #expect(!first.isRunning)
      let lost = await #expect(throws: PostgresError.self) { try await client.query("SELECT a FROM t") }
      #expect(lost?.code == .connection || lost?.sqlState?.endsSession == true)

      let second = try await EmbeddedServer.start(directory: directory)
      #expect(second.port == first.port && second.isRunning)
      // The same client finds the server again by itself.
      let rows = try await client.query("SELECT a FROM t").decode(Int.self)
      #expect(rows == [7])
      client.shutdown()
      await second.stop()
      await second.stop()
      #expect(!second.isRunning)
    }
  }

  @Test("a wrong password is refused, over loopback and over the socket")
  func password() async throws {
    try await withDirectory { directory in
      let server = try await EmbeddedServer.start(directory: directory)
      for var configuration in [server.configuration(), server.loopbackConfiguration()] {
        for wrong in [nil, "wrong"] {
          configuration.password = wrong
          let client = PostgresClient(configuration: configuration, logger: logger)
          let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
          #expect(error?.code == .connection)
        }
      }
      let attributes = try FileManager.default.attributesOfItem(atPath: directory + "/password")
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      await server.stop()
    }
  }

  @Test("a server that cannot start says why with the end of its log")
  func failures() async throws {
    try await withDirectory { directory in
      let relative = await #expect(throws: PostgresError.self) {
        _ = try await EmbeddedServer.start(directory: "data")
      }
      #expect(relative?.code == .embeddedServer)
      let setting = await #expect(throws: PostgresError.self) {
        _ = try await EmbeddedServer.start(
          directory: directory, options: .init(settings: ["no_such_setting": "1"]))
      }
      #expect(setting?.code == .embeddedServer && setting?.message.contains("no_such_setting") == true)
      let missing = await #expect(throws: PostgresError.self) {
        _ = try await EmbeddedServer.start(
          directory: directory + "/other", options: .init(binaryDirectory: "/nonexistent"))
      }
      #expect(missing?.code == .embeddedServer)
    }
  }

  @Test("a port in use is refused by name; without a wish another one is taken")
  func ports() async throws {
    try await withDirectory { directory in
      let first = try await EmbeddedServer.start(directory: directory + "/a")
      let taken = await #expect(throws: PostgresError.self) {
        _ = try await EmbeddedServer.start(directory: directory + "/b", options: .init(port: first.port))
      }
      #expect(taken?.message.contains("\(first.port)") == true)
      let second = try await EmbeddedServer.start(directory: directory + "/b")
      #expect(second.port != first.port)
      await first.stop()
      await second.stop()
    }
  }
}
