import Foundation
import Logging
import Outbox
import Postgres
import SyncProtocol

/// One source and a target database for each region, in this process: one sequencer, one sender, an applier each, batches sealed and opened.
struct RegionFlow {
  private let sequencer: Sequencer
  private let appliers: [Applier]

  init(source: PostgresClient, targets: [PostgresClient]) async throws {
    guard let kind = Kind("regional") else { throw BenchError("constants") }
    let logger = Logger(label: "bench")
    let declaration = KindDeclaration(kind, key: .int8)
    let table = TableName("public", "regional")
    let sources = KindRegistry(sources: [
      TableSource(declaration, table: table, columns: ["region", "value"], audience: .column("region"))
    ])
    try await KindStore.prepare(sources, on: source)
    let doorbell = Doorbell()
    let head = Doorbell()
    sequencer = Sequencer(client: source, registry: sources, doorbell: doorbell, head: head, logger: logger)
    let sender = Sender(
      client: source, stream: .control, registry: sources, doorbell: doorbell, head: head, logger: logger)
    let key = try SigningKey(purpose: .stream)
    let known = KnownKey(key: key.verificationKey, purpose: .stream, state: .active)
    var appliers: [Applier] = []
    for (index, target) in targets.enumerated() {
      guard let region = SiloNumber(index + 1) else { throw BenchError("no silo") }
      let sinks = KindRegistry(sinks: [
        TableSink(
          declaration, table: table, columns: [ReplicaColumn("region", "int2"), ReplicaColumn("value", "int8")])
      ])
      try await KindStore.prepare(sinks, on: target)
      appliers.append(
        Applier(client: target, stream: .control, audience: region, registry: sinks, lanes: [.main], logger: logger) {
          request, _ in
          let answer = try await sender.answer(request)
          guard case .batch(let batch) = answer.body else { return answer }
          let opened = try SealedBatch(sealing: batch, key: key).open(by: known, stream: .control, audience: region)
          return SyncAnswer(body: .batch(opened), held: answer.held, age: answer.age)
        })
    }
    self.appliers = appliers
  }

  /// Waits until every applier has a state of the log.
  func settle() async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while !appliers.allSatisfy({ $0.status.lanes[.main] != nil }) {
      guard ContinuousClock.now < deadline else { throw BenchError("the appliers do not settle") }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Runs the sequencer and all appliers as long as `body` runs.
  func running<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [sequencer] in try await sequencer.run() }
      for applier in appliers { group.addTask { try await applier.run() } }
      defer { group.cancelAll() }
      return try await body()
    }
  }
}
