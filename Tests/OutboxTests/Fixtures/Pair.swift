import FoundationEssentials
import Logging
import Outbox
import Postgres
import SyncProtocol
import TestSupport
import Testing

/// A source database with a captured table `item` and a receiving database with its replica.
struct Pair {
  static let item = KindDeclaration(Kind("item"), key: .uuid, lane: .main, isApplicationKind: true)
  static let outbox = Migrator(schema: "outbox", migrations: OutboxMigrations.all)
  static let sourceTables = Migrator(
    schema: "app",
    migrations: [
      Migration(
        version: 1, name: "item",
        sql: """
          CREATE TABLE app.item (id uuid PRIMARY KEY, name text, n bigint NOT NULL DEFAULT 0);
          SELECT outbox.declare_kind('item', 'uuid', 'main', true);
          SELECT outbox.capture('app.item', 'item');
          """)
    ])
  static let replicaTables = Migrator(
    schema: "replica",
    migrations: [
      Migration(
        version: 1, name: "item",
        sql: """
          CREATE TABLE replica.item (
            id uuid PRIMARY KEY, name text CHECK (name <> 'poison'), n bigint,
            _generation bigint NOT NULL, _epoch integer NOT NULL, _head bigint NOT NULL);
          """)
    ])

  let source: PostgresClient
  let replica: PostgresClient
  let doorbell = Doorbell()
  let head = Doorbell()
  let region: SiloNumber
  let logger = Logger(label: "test.outbox")

  /// Lends both databases, migrated and prepared.
  static func with(_ body: (Pair) async throws -> Void) async throws {
    try await withTestDatabase(migrations: [outbox, sourceTables]) { source in
      try await withTestDatabase(migrations: [outbox, replicaTables]) { replica in
        let pair = Pair(source: source, replica: replica, region: try #require(SiloNumber(7)))
        try await KindStore.prepare(pair.sources, on: source)
        try await KindStore.prepare(pair.sinks, on: replica)
        try await body(pair)
      }
    }
  }

  var sources: KindRegistry {
    KindRegistry(
      sources: [TableSource(Self.item, table: TableName("app", "item"), columns: ["name", "n"])],
      interests: [RepairRows()])
  }

  var sinks: KindRegistry {
    KindRegistry(sinks: [
      TableSink(
        Self.item, table: TableName("replica", "item"),
        columns: [ReplicaColumn("name", "text"), ReplicaColumn("n", "bigint")])
    ])
  }

  func sequencer(limits: TickLimits = TickLimits(), pace: SequencerPace = SequencerPace()) -> Sequencer {
    Sequencer(
      client: source, registry: sources, doorbell: doorbell, head: head, limits: limits, pace: pace, logger: logger)
  }

  func sender(limits: SenderLimits = SenderLimits(hold: 0)) -> Sender {
    Sender(
      client: source, stream: .control, registry: sources, doorbell: doorbell, head: head, limits: limits,
      logger: logger)
  }

  /// An applier whose transport is a function call.
  func applier(_ sender: Sender, pace: ReceiverPace = ReceiverPace(hold: 0, fresh: 1_000_000)) -> Applier {
    Applier(
      client: replica, stream: .control, audience: region, registry: sinks, pace: pace, logger: logger
    ) { request, _ in try await sender.answer(request) }
  }

  /// Sequences everything and applies it, including a first resynchronization.
  func settle() async throws {
    try await sequencer().catchUp()
    let sender = sender()
    let sequencer = sequencer()
    let applier = Applier(
      client: replica, stream: .control, audience: region, registry: sinks,
      pace: ReceiverPace(hold: 0, fresh: 1_000_000), logger: logger
    ) { request, _ in
      let answer = try await sender.answer(request)
      // A resynchronization writes pointers: sequence them, as a running sequencer would.
      if case .resynchronize = answer.body { try await sequencer.catchUp() }
      return answer
    }
    try await applier.catchUp()
  }

  /// What the source and the replica hold, as comparable lines.
  func contents() async throws -> (source: [String], replica: [String]) {
    let columns: SQL = "SELECT concat_ws('|', id, name, n) FROM"
    return (
      try await source.query("\(columns) app.item ORDER BY id").decode(String.self),
      try await replica.query("\(columns) replica.item ORDER BY id").decode(String.self)
    )
  }

  /// The pointers that wait or are not truncated yet.
  func pending() async throws -> Int64 {
    try await source.query("SELECT count(*) FROM outbox.pending").only().decode(Int64.self)
  }
}
