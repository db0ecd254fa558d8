import Logging
import Outbox
import Postgres
import SyncProtocol

/// Carries the table `shop.product` into another database, as any program can: no Atoll control plane, no region, no network.
///
/// `swift run CarryTable [DIRECTORY]` starts a private PostgreSQL server in DIRECTORY, makes two databases, changes rows in one and prints
/// what the other holds. Between two machines only `exchange` below differs: it would be your HTTP call.
@main
struct CarryTable {
  static let product = KindDeclaration(Kind("product"), key: .int8)
  static let warehouse = SiloNumber(1)

  static func main() async throws {
    let directory = CommandLine.arguments.dropFirst().first ?? "/tmp/carry-table"
    let server = try await EmbeddedServer.start(directory: directory)
    do {
      try await run(on: server)
    } catch {
      print("failed: \(error)")
    }
    await server.stop()
  }

  static func run(on server: EmbeddedServer) async throws {
    for name in ["shop", "warehouse"] { try await server.ensureDatabase(name) }
    let logger = Logger(label: "carry-table")
    let shop = PostgresClient(configuration: server.configuration(database: "shop"), logger: logger)
    let warehouse = PostgresClient(configuration: server.configuration(database: "warehouse"), logger: logger)
    defer {
      shop.shutdown()
      warehouse.shutdown()
    }
    try await prepare(shop, warehouse)

    // The sending side: what travels, and the two services of it.
    let sources = KindRegistry(sources: [
      TableSource(product, table: TableName("shop", "product"), columns: ["name", "price"])
    ])
    let doorbell = Doorbell()
    let head = Doorbell()
    try await KindStore.prepare(sources, on: shop)
    let sequencer = Sequencer(client: shop, registry: sources, doorbell: doorbell, head: head, logger: logger)
    let sender = Sender(
      client: shop, stream: .control, registry: sources, doorbell: doorbell, head: head, logger: logger)

    // The receiving side.
    let sinks = KindRegistry(sinks: [
      TableSink(
        product, table: TableName("warehouse", "product"),
        columns: [ReplicaColumn("name", "text"), ReplicaColumn("price", "numeric")])
    ])
    try await KindStore.prepare(sinks, on: warehouse)
    guard let receiver = Self.warehouse else { return }
    let applier = Applier(
      client: warehouse, stream: .control, audience: receiver, registry: sinks, logger: logger
    ) { request, _ in
      try await sender.answer(request)  // The transport: here a function call.
    }

    try await withThrowingTaskGroup { group in
      group.addTask { try await sequencer.run() }
      group.addTask { try await applier.run() }
      try await sell(shop, doorbell)
      try await show(shop, warehouse, applier)
      group.cancelAll()
    }
  }

  /// Schemas: the outbox in both databases, the table with its capture in one, its replica in the other.
  static func prepare(_ shop: PostgresClient, _ warehouse: PostgresClient) async throws {
    let outbox = Migrator(schema: "outbox", migrations: OutboxMigrations.all)
    try await outbox.migrate(shop)
    try await outbox.migrate(warehouse)
    try await Migrator(
      schema: "shop",
      migrations: [
        Migration(
          version: 1, name: "product",
          sql: """
            CREATE TABLE shop.product (id bigint PRIMARY KEY, name text NOT NULL, price numeric NOT NULL);
            SELECT outbox.declare_kind('product', 'int8');
            SELECT outbox.capture('shop.product', 'product');
            """)
      ]
    ).migrate(shop)
    try await Migrator(
      schema: "warehouse",
      migrations: [
        Migration(
          version: 1, name: "product",
          sql: """
            CREATE TABLE warehouse.product (
              id bigint PRIMARY KEY, name text, price numeric,
              _generation bigint NOT NULL, _epoch integer NOT NULL, _head bigint NOT NULL);
            """)
      ]
    ).migrate(warehouse)
  }

  /// An application's ordinary statements: the trigger captures, one transaction or none.
  static func sell(_ shop: PostgresClient, _ doorbell: Doorbell) async throws {
    try await shop.withTransaction { connection in
      try await connection.execute("TRUNCATE shop.product")
      try await connection.execute(
        "INSERT INTO shop.product (id, name, price) VALUES (1, 'anchor', 120), (2, 'buoy', 35.50), (3, 'chart', 9)")
      try await connection.execute("UPDATE shop.product SET price = price * 2 WHERE id = 1")
      try await connection.execute("DELETE FROM shop.product WHERE id = 3")
    }
    doorbell.ring()  // Optional: the sequencer polls as well.
  }

  /// Waits until the warehouse equals the shop and prints it.
  static func show(_ shop: PostgresClient, _ warehouse: PostgresClient, _ applier: Applier) async throws {
    let wanted = try await shop.query("SELECT concat_ws(' ', id, name, price) FROM shop.product ORDER BY id")
      .decode(String.self)
    for _ in 0..<100 {
      let rings = applier.applied.rings
      let held = try await warehouse.query("SELECT concat_ws(' ', id, name, price) FROM warehouse.product ORDER BY id")
        .decode(String.self)
      if held == wanted {
        print("the warehouse holds what the shop has:")
        for line in held { print("  \(line)") }
        return
      }
      _ = await applier.applied.wait(beyond: rings, limit: .milliseconds(200))
    }
    print("the warehouse did not catch up: \(applier.status)")
  }
}
