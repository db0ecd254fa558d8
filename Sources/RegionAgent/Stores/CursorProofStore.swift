internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Envelopes of the batches that led to the cursors, one a lane.
enum CursorProofStore {
  static func all(on connection: RegionConnection) async throws -> [BatchEnvelope] {
    try await connection.query("SELECT envelope FROM region.cursor_proof ORDER BY lane, position")
      .decode(String.self).compactMap { text in
        do {
          return try BatchEnvelope(JSONReader(try JSONParser.parse(Array(text.utf8))))
        } catch {
          // A proof only helps; without it control decides as if there were none.
          return nil
        }
      }
  }

  /// Keeps the proof of a lane's cursor and no other, in the transaction that moves the cursor. Goes out with the next statement.
  static func replace(with envelope: BatchEnvelope, on connection: RegionConnection) async throws {
    let text = String(decoding: JSONWriter.write(envelope.json), as: UTF8.self)
    try await connection.connection.enqueue(
      """
      WITH former AS (
        DELETE FROM region.cursor_proof WHERE lane = \(envelope.lane.rawValue) AND position <> \(envelope.to.value))
      INSERT INTO region.cursor_proof (lane, position, envelope)
      VALUES (\(envelope.lane.rawValue), \(envelope.to.value), \(text))
      ON CONFLICT (lane, position) DO UPDATE SET envelope = EXCLUDED.envelope
      """)
  }
}
