internal import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo
package import SyncProtocol

/// What every signed request of a session records: nonce, key, counter and session, in one statement and one commit.
package enum AdmissionStore {
  package enum Outcome: String, Sendable, Hashable, CaseIterable {
    case admitted, replayed, unknown, pending, revoked
    case counterFell = "counter_fell"
    case fenced
  }

  package struct Entrant: Sendable, Hashable {
    package let region: RegionID
    package let number: RegionNumber
    package let name: RegionName
    /// Whether the session's answers may be compressed.
    package let compresses: Bool
  }

  /// - Parameters:
  ///   - path: what counts by itself: `push`, `pull`, `pull-now` for a pull that is not held and may overtake one that is. Pulls acknowledge.
  ///   - isRefilling: whether a pull says that a snapshot is under way, or brings refusals that are not kept yet: its cursors do not count for rollouts.
  ///   - proofs: envelopes that are kept with it if the request is admitted, of different lanes.
  /// - Returns: who it is, when the outcome is `admitted`.
  package static func admit(
    _ nonce: NonceRecord, path: String, counter: Int64, session: String, isRefilling: Bool = false,
    keeping proofs: [BatchEnvelope] = [], on control: ControlConnection
  ) async throws -> (outcome: Outcome, entrant: Entrant?) {
    let admission: SQL = """
      SELECT a.outcome, a.region, a.region_number, a.region_name, a.compresses
      FROM control.admit(\(nonce.keyid), \(nonce.nonce), to_timestamp(\(Double(nonce.expires))), \(path), \(counter),
        \(session), \(isRefilling)) AS a
      """
    let row = try await control.query(proofs.isEmpty ? admission : BatchProofStore.save(proofs, when: admission))
      .only().decode((String, UUID?, Int16?, String?, Bool?).self)
    guard let outcome = Outcome(rawValue: row.0) else {
      throw PostgresError(code: .decoding, message: "control.admit is not of this version")
    }
    guard outcome == .admitted else { return (outcome, nil) }
    guard let region = row.1, let number = row.2.flatMap({ RegionNumber(Int($0)) }), let name = row.3,
      let compresses = row.4
    else { throw PostgresError(code: .decoding, message: "control.admit names no region") }
    return (
      outcome,
      Entrant(region: RegionID(region), number: number, name: try RegionName(name), compresses: compresses)
    )
  }
}
