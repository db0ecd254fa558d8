import Logging
import Outbox
import Postgres
import SyncProtocol
import TestSupport
import Testing

@Suite("The sequencer over a bad wire to its database")
struct SequencerWireTests {
  /// A sequencer that waits for an answer which will never come would stop the whole log silently.
  @Test("goes on within seconds when connections were cut and answers to commits were lost", arguments: 1...12)
  func goesOn(seed: UInt64) async throws {
    try await Pair.with { pair in
      let name = try await pair.source.query("SELECT current_database()").only().decode(String.self)
      let server = try await PostgresTestServer.shared.server()
      try await FaultProxy.with(.database, before: server.port) { proxy in
        var configuration = server.loopbackConfiguration(database: name)
        configuration.hosts = [.init("127.0.0.1", port: proxy.port)]
        let client = PostgresClient(configuration: configuration, logger: Logger(label: "test"))
        let sequencer = Sequencer(
          client: client, registry: pair.sources, doorbell: Doorbell(), head: Doorbell(), logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await sequencer.run() }
          proxy.plan.strike(share: 0.3, seed: seed)
          for _ in 0..<40 {
            try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
            try await ContinuousClock().sleep(for: .milliseconds(25))
          }
          proxy.plan.heal()
          let deadline = ContinuousClock.now + .seconds(15)
          var head: Int64 = 0
          while head < 40, ContinuousClock.now < deadline {
            head = try await pair.source.query("SELECT head FROM outbox.sequencer").first?.decode(Int64.self) ?? 0
            try await ContinuousClock().sleep(for: .milliseconds(50))
          }
          #expect(head == 40, "seed \(seed): \(proxy.plan.struck)")
          group.cancelAll()
        }
        client.shutdown()
      }
    }
  }
}
