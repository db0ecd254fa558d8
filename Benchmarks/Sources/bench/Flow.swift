import Foundation
import Logging
import Outbox
import Postgres
import SyncProtocol

/// One table carried from a source database to a target database in this process: captured, sequenced, read, sealed, opened, applied.
struct Flow {
  let source: PostgresClient
  let target: PostgresClient
  let doorbell = Doorbell()
  let head = Doorbell()
  /// Nil where only the poll finds commits.
  let decoding: DecodingDoorbell?
  let sequencer: Sequencer
  let applier: Applier
  let stamps = FlowStamps()

  static func registry(_ table: String) throws -> KindRegistry {
    KindRegistry(sources: [TableSource(try declaration(table), table: TableName("public", table), columns: ["value"])])
  }

  static func declaration(_ table: String) throws -> KindDeclaration {
    guard let kind = Kind(table) else { throw BenchError("\(table) is no kind") }
    return KindDeclaration(kind, key: .int8)
  }

  static func sink(_ table: String) throws -> TableSink {
    TableSink(
      try declaration(table), table: TableName("public", table), columns: [ReplicaColumn("value", "int8")])
  }

  init(_ table: String, source: PostgresClient, target: PostgresClient, wakeUp: WakeUp) async throws {
    guard let region = SiloNumber(1) else { throw BenchError("1 is no silo") }
    let logger = Logger(label: "bench")
    self.source = source
    self.target = target
    let sources = try Self.registry(table)
    let sinks = KindRegistry(sinks: [try Self.sink(table)])
    try await KindStore.prepare(sources, on: source)
    try await KindStore.prepare(sinks, on: target)
    decoding =
      wakeUp == .decoding ? DecodingDoorbell(client: source, doorbell: doorbell, logger: logger) : nil
    sequencer = Sequencer(
      client: source, registry: sources, doorbell: doorbell, head: head, decoding: decoding,
      observer: stamps.observer, logger: logger)
    let sender = Sender(
      client: source, stream: .control, registry: sources, doorbell: doorbell, head: head, logger: logger)
    let key = try SigningKey(purpose: .stream)
    let known = KnownKey(key: key.verificationKey, purpose: .stream, state: .active)
    applier = Applier(
      client: target, stream: .control, audience: region, registry: sinks, lanes: [.main], logger: logger
    ) { [stamps] request, _ in
      let answer = try await sender.answer(request)
      stamps.note(.read)
      defer { stamps.note(.opened) }
      guard case .batch(let batch) = answer.body else { return answer }
      let opened = try SealedBatch(sealing: batch, key: key).open(by: known, stream: .control, audience: region)
      return SyncAnswer(body: .batch(opened), held: answer.held, age: answer.age)
    }
  }

  /// Runs sequencer and applier as long as `body` runs.
  func running<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [sequencer] in try await sequencer.run() }
      group.addTask { [applier] in try await applier.run() }
      try await settle()
      let value = try await body()
      group.cancelAll()
      return value
    }
  }

  /// Waits until it is woken in the way that was asked for.
  private func settle() async throws {
    guard let decoding else { return }
    let deadline = ContinuousClock.now.advanced(by: .seconds(60))
    while decoding.state != .listening {
      guard ContinuousClock.now < deadline else {
        throw BenchError("nobody listens to decoded commits: \(decoding.state)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }
}
