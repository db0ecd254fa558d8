internal import Outbox
internal import Postgres
package import Silo
package import SyncProtocol

/// The sealed envelopes that led to our cursors on the regions' logs.
package enum BatchProofStore {
  /// The admission of a request, and with it what is kept of its region: one statement, one commit.
  static func save(_ envelopes: [BatchEnvelope], when admission: SQL) -> SQL {
    let texts = envelopes.map { String(decoding: JSONWriter.write($0.json), as: UTF8.self) }
    return """
      WITH admission AS MATERIALIZED (\(admission)),
      saved AS (
        INSERT INTO control.batch_proof AS p (region_number, lane, envelope)
        SELECT a.region_number, n.lane, n.envelope
        FROM admission AS a, unnest(\(envelopes.map(\.lane.rawValue)), \(texts)) AS n (lane, envelope)
        WHERE a.outcome = 'admitted' ORDER BY n.lane
        ON CONFLICT (region_number, lane) DO UPDATE SET envelope = EXCLUDED.envelope)
      SELECT * FROM admission
      """
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
