internal import Observability
internal import Synchronization
internal import SyncProtocol

/// Carries the traces of a pulled batch to the transaction that applies it. The applier knows nothing of traces; a batch is known by where
/// it ends.
final class TraceRelay: Sendable {
  /// Batches that are between pull and apply; more means that some are never applied, and those are forgotten.
  private static let limit = 16

  private struct Batch: Sendable {
    let lane: Lane
    let through: Position
    let traces: [TraceContext]
  }

  private let batches = Mutex<[Batch]>([])

  func note(_ traces: [String], lane: Lane, through: Position) {
    let traces = traces.compactMap { TraceContext($0) }.filter(\.isSampled)
    guard !traces.isEmpty else { return }
    batches.withLock { batches in
      batches.append(Batch(lane: lane, through: through, traces: traces))
      if batches.count > Self.limit { batches.removeFirst() }
    }
  }

  /// The traces of the batch that was applied, once.
  func take(lane: Lane, through: Position) -> [TraceContext] {
    batches.withLock { batches in
      guard let index = batches.firstIndex(where: { $0.lane == lane && $0.through == through }) else { return [] }
      return batches.remove(at: index).traces
    }
  }
}
