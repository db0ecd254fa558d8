package import Postgres
package import SyncProtocol

/// Transactions as points of a log: those of this silo, and how far others' logs are applied here.
package enum SyncPositionStore {
  /// The id of the caller's transaction; nil while it has changed nothing.
  package static func transaction(on connection: PostgresConnection) async throws -> UInt64? {
    try await connection.query("SELECT pg_current_xact_id_if_assigned()").only().decode(TransactionID?.self)?.rawValue
  }

  /// A transaction of its own: whatever had committed before it is seen by every snapshot that sees it.
  package static func fresh(on connection: PostgresConnection) async throws -> UInt64 {
    try await connection.query("SELECT pg_current_xact_id()").only().decode(TransactionID.self).rawValue
  }

  /// The ordinal of this silo's epoch, to be read after the commit of the transaction that it goes with; nil before the first, and while the
  /// database is another one than the epoch's: transaction ids of both would be mistaken for each other.
  package static func epoch(on connection: PostgresConnection) async throws -> Int32? {
    try await connection.query(
      "SELECT CASE WHEN NOT \(EpochStore.isForeign) THEN s.epoch END FROM outbox.sequencer AS s"
    ).only().decode(Int32?.self)
  }

  /// How far a log is applied here, by lane.
  package static func applied(
    _ stream: SiloNumber, on connection: PostgresConnection
  ) async throws -> [Lane: SyncPosition.Applied] {
    let rows = try await connection.query(
      """
      SELECT c.lane, c.epoch, c.complete_snapshot::text, c.resync_epoch IS NOT NULL
      FROM outbox.cursor AS c WHERE c.stream = \(stream.stored)
      """)
    return try rows.decode((String, Int32, String, Bool).self).reduce(into: [:]) { all, row in
      guard let lane = Lane(rawValue: row.0), let complete = TransactionSnapshot(row.2) else {
        throw OutboxError(code: .malformedLog, message: "a cursor is malformed")
      }
      all[lane] = SyncPosition.Applied(epoch: row.1, complete: complete, isStartingOver: row.3)
    }
  }
}
