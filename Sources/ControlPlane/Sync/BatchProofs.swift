internal import Silo
internal import Synchronization
internal import SyncProtocol

/// The envelopes of the batches applied last, kept until the next request of the same region stores them in its own transaction: a proof costs no
/// transaction of its own. One that a crash loses is missed only by a region that is restored at the same moment; it then asks an operator.
final class BatchProofs: Sendable {
  private struct State {
    var latest: [RegionNumber: [Lane: BatchEnvelope]] = [:]
    var unsaved: [RegionNumber: [Lane: BatchEnvelope]] = [:]
  }

  private let state = Mutex(State())

  func note(_ envelope: BatchEnvelope, of region: RegionNumber) {
    state.withLock { state in
      state.latest[region, default: [:]][envelope.lane] = envelope
      state.unsaved[region, default: [:]][envelope.lane] = envelope
    }
  }

  func latest(of region: RegionNumber) -> [Lane: BatchEnvelope] { state.withLock { $0.latest[region] ?? [:] } }

  func unsaved(of region: RegionNumber) -> [Lane: BatchEnvelope] { state.withLock { $0.unsaved[region] ?? [:] } }

  /// Remembers that these are stored, unless something newer has come.
  func saved(_ envelopes: [Lane: BatchEnvelope], of region: RegionNumber) {
    state.withLock { state in
      for (lane, envelope) in envelopes where state.unsaved[region]?[lane] == envelope {
        state.unsaved[region]?[lane] = nil
      }
    }
  }
}
