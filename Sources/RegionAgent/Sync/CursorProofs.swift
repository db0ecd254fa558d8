internal import Outbox
internal import Silo
internal import Synchronization
internal import SyncProtocol

/// Seals that prove our cursors to control: written by the transaction that moves the cursor, so whatever crashes, the cursor that is found
/// afterwards has its proof.
final class CursorProofs: Sendable {
  private struct State {
    /// By lane: the proof of the cursor that a transaction starts from, and of the one that it may have moved it to. Nil: not read yet.
    var known: [Lane: [BatchEnvelope]]?
    /// The batch of each lane that came last.
    var arrived: [Lane: BatchEnvelope] = [:]
  }

  private let database: SiloDatabase<RegionSilo>
  private let state = Mutex(State())

  init(database: SiloDatabase<RegionSilo>) { self.database = database }

  /// The proof of each claim that has one.
  func matching(_ claims: [CursorClaim]) async throws -> [Lane: BatchEnvelope] {
    let known = try await load()
    var found: [Lane: BatchEnvelope] = [:]
    for claim in claims { found[claim.lane] = known[claim.lane]?.first { $0.cursor == claim.cursor } }
    return found
  }

  /// Notes the envelope of a batch that verified and is about to be applied.
  func note(_ envelope: BatchEnvelope) { state.withLock { $0.arrived[envelope.lane] = envelope } }

  /// Keeps the proof of the cursor that `plan` moves to, in the transaction that does.
  ///
  /// Whether that commits is not known here, and after an unknown outcome nowhere: so the proof of the cursor before stays in memory as well.
  func record(_ plan: ApplyPlan, on connection: RegionConnection) async throws {
    let known = try await load()[plan.lane] ?? []
    // An interval without entries does not move the cursor, which has its proof.
    guard plan.next.cursor != plan.expected.cursor || !known.contains(where: { $0.cursor == plan.next.cursor }),
      let envelope = state.withLock({ $0.arrived[plan.lane] }), envelope.cursor == plan.next.cursor
    else { return }
    try await CursorProofStore.replace(with: envelope, on: connection)
    let former = known.filter { $0.cursor == plan.expected.cursor && $0.cursor != envelope.cursor }
    state.withLock { $0.known?[plan.lane] = former + [envelope] }
  }

  private func load() async throws -> [Lane: [BatchEnvelope]] {
    if let known = state.withLock({ $0.known }) { return known }
    let stored = try await database.withConnection { try await CursorProofStore.all(on: $0) }
    let grouped = Dictionary(grouping: stored, by: \.lane)
    return state.withLock { state in
      let known = state.known ?? grouped
      state.known = known
      return known
    }
  }
}

extension BatchEnvelope {
  /// The cursor that the batch leads to.
  fileprivate var cursor: Cursor { Cursor(epoch: epoch, position: to, chain: chainAfter) }
}
