import Foundation
import Logging
import Outbox
import Postgres
import Synchronization
import SyncProtocol
import TestSupport
import Testing

@Suite("Lanes")
struct LanePriorityTests {
  static let item = KindDeclaration(Kind("item"), key: .uuid, lane: .main, isApplicationKind: true)
  static let revocation = KindDeclaration(Kind("revocation"), key: .uuid, lane: .priority, isApplicationKind: true)
  static let tables = Migrator(
    schema: "app",
    migrations: [
      Migration(
        version: 1, name: "tables",
        sql: """
          CREATE TABLE app.item (id uuid PRIMARY KEY, n bigint NOT NULL DEFAULT 0);
          CREATE TABLE app.revocation (id uuid PRIMARY KEY, n bigint NOT NULL DEFAULT 0);
          SELECT outbox.declare_kind('item', 'uuid', 'main', true);
          SELECT outbox.declare_kind('revocation', 'uuid', 'priority', true);
          SELECT outbox.capture('app.item', 'item');
          SELECT outbox.capture('app.revocation', 'revocation');
          """)
    ])
  static let replicas = Migrator(
    schema: "replica",
    migrations: [
      Migration(
        version: 1, name: "tables",
        sql: ["item", "revocation"].map { name in
          """
          CREATE TABLE replica.\(name) (
            id uuid PRIMARY KEY, n bigint, _generation bigint NOT NULL, _epoch integer NOT NULL, _head bigint NOT NULL);
          """
        }.joined(separator: "\n"))
    ])

  private static var sources: KindRegistry {
    KindRegistry(sources: [
      TableSource(item, table: TableName("app", "item"), columns: ["n"]),
      TableSource(revocation, table: TableName("app", "revocation"), columns: ["n"]),
    ])
  }

  private static var sinks: KindRegistry {
    KindRegistry(sinks: [
      TableSink(item, table: TableName("replica", "item"), columns: [ReplicaColumn("n", "bigint")]),
      TableSink(revocation, table: TableName("replica", "revocation"), columns: [ReplicaColumn("n", "bigint")]),
    ])
  }

  @Test("a revocation that commits while the main lane is saturated is applied next, before the backlog is through")
  func revocationPasses() async throws {
    try await withTestDatabase(migrations: [Pair.outbox, Self.tables]) { source in
      try await withTestDatabase(migrations: [Pair.outbox, Self.replicas]) { replica in
        try await KindStore.prepare(Self.sources, on: source)
        try await KindStore.prepare(Self.sinks, on: replica)
        let logger = Logger(label: "test.lanes")
        let (doorbell, head) = (Doorbell(), Doorbell())
        let sequencer = Sequencer(
          client: source, registry: Self.sources, doorbell: doorbell, head: head, logger: logger)
        try await sequencer.catchUp()
        let sender = Sender(
          client: source, stream: .control, registry: Self.sources, doorbell: doorbell, head: head,
          limits: SenderLimits(batch: 200, wholeTransaction: 200, hold: 0), logger: logger)
        let applied = Mutex<[Lane]>([])
        let observer = OutboxObserver { event in
          if case .applied(_, let lane, _, let rows, _, _) = event, rows > 0 { applied.withLock { $0.append(lane) } }
        }
        let region = try #require(SiloNumber(7))
        func applier() -> Applier {
          Applier(
            client: replica, stream: .control, audience: region, registry: Self.sinks,
            pace: ReceiverPace(hold: 0, fresh: 1_000_000), observer: observer, logger: logger
          ) { request, _ in
            // The fourth batch of the backlog is on its way when somebody is revoked.
            if applied.withLock({ $0.count { $0 == .main } }) == 4, applied.withLock({ !$0.contains(.priority) }) {
              try await source.execute("INSERT INTO app.revocation (id) VALUES (gen_random_uuid())")
              try await sequencer.catchUp()
            }
            let answer = try await sender.answer(request)
            if case .resynchronize = answer.body { try await sequencer.catchUp() }
            return answer
          }
        }
        try await applier().catchUp()
        for _ in 0..<40 {
          try await source.execute("INSERT INTO app.item (id) SELECT gen_random_uuid() FROM generate_series(1, 100)")
        }
        try await sequencer.catchUp()
        applied.withLock { $0 = [] }
        try await applier().catchUp()
        let order = applied.withLock { $0 }
        #expect(order.count { $0 == .main } >= 15, "the main lane was not saturated: \(order)")
        #expect(order.firstIndex(of: .priority) == 4, "\(order)")
        let count = try await replica.query("SELECT count(*) FROM replica.item").only().decode(Int64.self)
        #expect(count == 4000)
      }
    }
  }
}
