internal import Outbox
internal import Postgres
package import Silo
package import SyncProtocol

/// The sealed envelopes that led to our cursors on the regions' logs.
package enum BatchProofStore {
  package static func save(
    _ envelope: BatchEnvelope, of region: RegionNumber, on control: ControlConnection
  ) async throws {
    let text = String(decoding: JSONWriter.write(envelope.json), as: UTF8.self)
    try await control.execute(
      """
      INSERT INTO control.batch_proof AS p (region_number, lane, envelope)
      VALUES (\(region.value), \(envelope.lane.rawValue), \(text))
      ON CONFLICT (region_number, lane) DO UPDATE SET envelope = EXCLUDED.envelope
      """)
  }

  /// What was kept; an envelope of another version of this program proves nothing and is left out.
  package static func all(
    of region: RegionNumber, on control: ControlConnection
  ) async throws -> [Lane: BatchEnvelope] {
    let rows = try await control.query(
      "SELECT envelope FROM control.batch_proof WHERE region_number = \(region.value)")
    var proofs: [Lane: BatchEnvelope] = [:]
    for text in try rows.decode(String.self) {
      do throws(JSONError) {
        let envelope = try BatchEnvelope(JSONReader(try JSONParser.parse(Array(text.utf8))))
        proofs[envelope.lane] = envelope
      } catch {
        continue
      }
    }
    return proofs
  }
}
