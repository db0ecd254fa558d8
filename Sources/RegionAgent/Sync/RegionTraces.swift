internal import Observability
internal import Outbox
internal import Silo
internal import SyncProtocol

/// The spans of a change at a region's ends of the exchange: where control's batch was applied, where one of its own leaves.
struct RegionTraces: Sendable {
  let tracer: Tracer
  let relay: TraceRelay
  var database: SiloDatabase<RegionSilo>?

  /// `observer`, with spans for what it is told.
  func observing(_ observer: OutboxObserver) -> OutboxObserver {
    guard tracer.isEnabled else { return observer }
    return OutboxObserver { event in
      observer(event)
      switch event {
      case .applied(_, let lane, let through, let rows, _, let duration):
        for parent in relay.take(lane: lane, through: through) {
          tracer.record(
            .apply, under: parent, took: duration, attributes: [(.lane, lane.rawValue), (.rows, String(rows))])
        }
      case .traced(let parent, let duration):
        guard let parent = TraceContext(parent) else { return }
        tracer.record(.sequence, under: parent, took: duration)
      default: break
      }
    }
  }

  /// Records that a batch of the own log leaves, and returns what travels with it.
  func delivered(_ answer: SyncAnswer) async -> [String] {
    guard tracer.isEnabled, let database, case .batch(let batch) = answer.body, !batch.rows.isEmpty else { return [] }
    let parents: [String]
    do {
      parents = try await database.withConnection {
        try await TraceStore.within(after: batch.from.value, through: batch.to.value, on: $0.connection)
      }
    } catch {
      // Tracing must not hold a batch back.
      return []
    }
    return parents.compactMap { TraceContext($0) }.map { parent in
      tracer.record(
        .deliver, under: parent, took: .zero,
        attributes: [(.lane, batch.lane.rawValue), (.rows, String(batch.rows.count))]
      ).description
    }
  }
}
