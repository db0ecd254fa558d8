internal import Outbox
internal import Silo
internal import SyncProtocol

/// Seals that prove our cursors to control, kept *before* a batch is applied: whatever crashes, the cursor that is found afterwards has
/// its proof.
actor CursorProofs {
  private let database: SiloDatabase<RegionSilo>
  private var envelopes: [Lane: [BatchEnvelope]]?

  init(database: SiloDatabase<RegionSilo>) { self.database = database }

  /// The proof of each claim that has one.
  func matching(_ claims: [CursorClaim]) async throws -> [Lane: BatchEnvelope] {
    let known = try await load()
    var found: [Lane: BatchEnvelope] = [:]
    for claim in claims {
      found[claim.lane] = known[claim.lane]?.first {
        Cursor(epoch: $0.epoch, position: $0.to, chain: $0.chainAfter) == claim.cursor
      }
    }
    return found
  }

  /// Keeps the envelope of a batch about to be applied, and what proves the cursor it starts from.
  func keep(_ envelope: BatchEnvelope) async throws {
    var known = try await load()
    let before = (known[envelope.lane] ?? []).filter { $0.to == envelope.from && $0.chainAfter == envelope.chainBefore }
    let kept = Array(before.suffix(1)).filter { $0.to != envelope.to } + [envelope]
    guard known[envelope.lane] != kept else { return }
    try await database.withTransaction { connection in
      try await CursorProofStore.replace(kept, of: envelope.lane, on: connection)
    }
    known[envelope.lane] = kept
    envelopes = known
  }

  private func load() async throws -> [Lane: [BatchEnvelope]] {
    if let envelopes { return envelopes }
    let stored = try await database.withConnection { try await CursorProofStore.all(on: $0) }
    let grouped = Dictionary(grouping: stored, by: \.lane)
    envelopes = grouped
    return grouped
  }
}
