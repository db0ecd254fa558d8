internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Envelopes of the batches that led to the cursors. Two a lane: the one before a batch is applied and the one after.
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

  /// Keeps `envelopes` and nothing else of their lane. Need not survive a crash of the machine: waits for no disk.
  static func replace(_ envelopes: [BatchEnvelope], of lane: Lane, on connection: RegionConnection) async throws {
    try await connection.execute("SET LOCAL synchronous_commit = off")
    try await connection.execute("DELETE FROM region.cursor_proof WHERE lane = \(lane.rawValue)")
    for envelope in envelopes {
      let text = String(decoding: JSONWriter.write(envelope.json), as: UTF8.self)
      try await connection.execute(
        """
        INSERT INTO region.cursor_proof (lane, position, envelope)
        VALUES (\(lane.rawValue), \(envelope.to.value), \(text)) ON CONFLICT (lane, position) DO NOTHING
        """)
    }
  }
}
