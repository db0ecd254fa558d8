internal import Logging
internal import Observability
internal import Outbox
internal import Silo
internal import SyncProtocol

/// The spans of a change at control's ends of the exchange: where a batch leaves for a region, and where a region's batch was applied.
struct ExchangeTraces: Sendable {
  private let environment: ControlEnvironment

  init(_ environment: ControlEnvironment) { self.environment = environment }

  /// Records that a batch leaves, and returns what travels with it: the contexts under which its receiver goes on.
  func delivered(_ answer: SyncAnswer, to peer: Peer) async -> [String] {
    guard environment.tracer.isEnabled, case .batch(let batch) = answer.body, !batch.rows.isEmpty else { return [] }
    do {
      let parents = try await environment.database.withConnection {
        try await TraceStore.within(after: batch.from.value, through: batch.to.value, on: $0.connection)
      }
      return parents.compactMap { TraceContext($0) }.map { parent in
        environment.tracer.record(
          .deliver, under: parent, took: .zero,
          attributes: [(.lane, batch.lane.rawValue), (.region, peer.name.text), (.rows, String(batch.rows.count))]
        ).description
      }
    } catch {
      environment.logger.debug("traces were not read", metadata: ["error": "\(error)"])
      return []
    }
  }

  /// Records that a pushed batch was applied.
  func applied(_ push: PushRequest, of peer: Peer, took duration: Duration) {
    guard environment.tracer.isEnabled else { return }
    for parent in push.traces.compactMap({ TraceContext($0) }) {
      environment.tracer.record(.apply, under: parent, took: duration, attributes: [(.region, peer.name.text)])
    }
  }
}
