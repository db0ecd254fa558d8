import Foundation
import Logging
import Outbox
import Postgres
import SyncProtocol

/// A first sync of a million rows in sealed chunks against `COPY` of the same table out of one server and into the other.
struct SnapshotFigures {
  let server: EmbeddedServer
  let subscriber: EmbeddedServer
  static let rows = 1_000_000
  private static let database = "bench_snapshot"

  func run() async throws -> [Figure] {
    let logger = Logger(label: "bench")
    for server in [server, subscriber] { try await server.ensureDatabase(Self.database) }
    let source = PostgresClient(configuration: server.configuration(database: Self.database), logger: logger)
    let target = PostgresClient(configuration: subscriber.configuration(database: Self.database), logger: logger)
    defer {
      source.shutdown()
      target.shutdown()
    }
    try await prepare(source, target)
    let copy = try await copy(target)
    let before = Self.residentMebibytes(peak: false)
    let snapshot = try await snapshot(source, target, logger)
    let grown = Self.residentMebibytes(peak: true) - before
    return [
      Figure(
        "snapshot: 1 000 000 rows in sealed chunks / COPY out and in", ours: Double(Self.rows) / snapshot,
        baseline: Double(Self.rows) / copy, unit: "rows/s", goal: .atLeast(0.3)),
      Figure(
        "snapshot: memory, both sides in one process, peak above the start", ours: grown, baseline: 1, unit: "MiB",
        value: grown, goal: .atMost(64)),
    ]
  }

  private func prepare(_ source: PostgresClient, _ target: PostgresClient) async throws {
    for client in [source, target] {
      _ = try await Migrator(schema: "outbox", migrations: OutboxMigrations.all).migrate(client)
    }
    try await source.withConnection {
      try await $0.runScript(
        """
        CREATE TABLE snap (id bigint PRIMARY KEY, value bigint NOT NULL);
        INSERT INTO snap SELECT g, g * 7 FROM generate_series(1, \(Self.rows)) AS g;
        SELECT outbox.declare_kind('snap', 'int8', 'main', false);
        SELECT outbox.capture('snap', 'snap');
        ANALYZE snap;
        """)
    }
    try await target.withConnection {
      try await $0.runScript(
        """
        CREATE TABLE snap (id bigint PRIMARY KEY, value bigint,
          _generation bigint NOT NULL, _epoch integer NOT NULL, _head bigint NOT NULL);
        CREATE TABLE bare (id bigint PRIMARY KEY, value bigint NOT NULL);
        """)
    }
  }

  /// Seconds that a pipe of two psql takes.
  private func copy(_ target: PostgresClient) async throws -> Double {
    let from = "host=\(server.socketDirectory) port=\(server.port) user=postgres dbname=\(Self.database)"
    let into = "host=\(subscriber.socketDirectory) port=\(subscriber.port) user=postgres dbname=\(Self.database)"
    let seconds = try await CaptureFigures.offPool {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = [
        "-c",
        "set -o pipefail; psql -qXAt -c 'COPY snap TO STDOUT' '\(from)' | psql -qX -c 'COPY bare FROM STDIN' '\(into)'",
      ]
      let clock = ContinuousClock()
      let start = clock.now
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else { throw BenchError("COPY failed") }
      return start.duration(to: clock.now).inSeconds
    }
    let count = try await target.query("SELECT count(*) FROM bare").only().decode(Int64.self)
    guard count == Self.rows else { throw BenchError("COPY brought \(count) rows") }
    return seconds
  }

  /// Seconds until the replica holds every row.
  private func snapshot(
    _ source: PostgresClient, _ target: PostgresClient, _ logger: Logger
  ) async throws -> Double {
    guard let region = SiloNumber(1) else { throw BenchError("1 is no silo") }
    let kind = try Flow.declaration("snap").kind
    let sources = try Flow.registry("snap")
    let sinks = KindRegistry(sinks: [try Flow.sink("snap")])
    try await KindStore.prepare(sources, on: source)
    try await KindStore.prepare(sinks, on: target)
    let (doorbell, head) = (Doorbell(), Doorbell())
    let sequencer = Sequencer(client: source, registry: sources, doorbell: doorbell, head: head, logger: logger)
    let sender = Sender(
      client: source, stream: .control, registry: sources, doorbell: doorbell, head: head, logger: logger)
    let bulk = BulkSender(client: source, stream: .control, registry: sources, logger: logger)
    let key = try SigningKey(purpose: .stream)
    let known = KnownKey(key: key.verificationKey, purpose: .stream, state: .active)
    let applier = Applier(
      client: target, stream: .control, audience: region, registry: sinks, lanes: [.main], logger: logger,
      bulk: { request, _ in
        let reply = try BulkReplyDocument(sealing: try await bulk.answer(request, for: region), key: key)
        let (bytes, type) = try BulkCallAnswer(reply: reply).body(compressed: true)
        return try BulkCallAnswer(body: bytes, contentType: type.rawValue).reply
          .open(key: { _ in known }, stream: .control, audience: region)
      },
      exchange: { request, _ in try await sender.answer(request) })
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await sequencer.run() }
      defer { group.cancelAll() }
      let clock = ContinuousClock()
      // A sender that finds no log yet lets its receiver wait for a second.
      while try await source.query("SELECT count(*) FROM outbox.epoch").only().decode(Int64.self) == 0 {
        try await clock.sleep(for: .milliseconds(5))
      }
      let start = clock.now
      group.addTask { try await applier.run() }
      // By what the applier says of its last commit: counting the rows again and again took a tenth of both cores.
      while applier.status.snapshot[kind]?.isDone != true {
        guard start.duration(to: clock.now) < .seconds(300) else { throw BenchError("the snapshot does not end") }
        try await clock.sleep(for: .milliseconds(5))
      }
      let seconds = start.duration(to: clock.now).inSeconds
      let count = try await target.query("SELECT count(*) FROM snap").only().decode(Int64.self)
      guard count == Self.rows else { throw BenchError("the snapshot brought \(count) rows") }
      return seconds
    }
  }

  private static func residentMebibytes(peak: Bool) -> Double {
    let text = String(decoding: FileManager.default.contents(atPath: "/proc/self/status") ?? Data(), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix(peak ? "VmHWM" : "VmRSS") }
    return (line.flatMap { Double($0.filter(\.isNumber)) } ?? .nan) / 1024
  }
}
