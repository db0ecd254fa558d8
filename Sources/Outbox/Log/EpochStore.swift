internal import FoundationEssentials
package import Postgres
package import SyncProtocol

/// The lives of a log, and what tells one database's life from another's.
package enum EpochStore {
  /// What must not change within an epoch.
  package struct Identity: Sendable, Hashable {
    package let system: Int64
    package let database: Int64
    package let timeline: String
  }

  /// The identity of the database behind a connection. The timeline comes from the WAL file name: the control file lags after a promotion.
  package static func identity(on connection: PostgresConnection) async throws -> Identity {
    let row = try await connection.query(
      """
      SELECT c.system_identifier, d.oid::int8, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
      FROM pg_control_system() AS c, pg_database AS d WHERE d.datname = current_database()
      """
    ).only()
    let (system, database, timeline) = try row.decode((Int64, Int64, String).self)
    return Identity(system: system, database: database, timeline: timeline)
  }

  /// The identity that the current epoch began with; nil before the first epoch.
  package static func recorded(on connection: PostgresConnection) async throws -> Identity? {
    try await connection.query(
      """
      SELECT e.system_identifier, e.database_oid::int8, e.timeline
      FROM outbox.sequencer AS s JOIN outbox.epoch AS e ON e.ordinal = s.epoch
      """
    ).first.map { row in
      let (system, database, timeline) = try row.decode((Int64, Int64, String).self)
      return Identity(system: system, database: database, timeline: timeline)
    }
  }

  /// Starts an epoch that continues at the current head, in the caller's transaction and under the row lock; keeps the current one when
  /// it is `atLeast` already and `isForced` is false.
  package static func start(
    atLeast: Int32, reason: String, isForced: Bool, on connection: PostgresConnection
  ) async throws {
    let identity = try await identity(on: connection)
    let row = try await connection.query("SELECT epoch, head, chain FROM outbox.sequencer FOR UPDATE").only()
    let (current, head, chain) = try row.decode((Int32?, Int64, [UInt8]).self)
    if let current, !isForced, current >= atLeast { return }
    let ordinal = max(atLeast, (current ?? 0) + 1)
    let id = String(UUID().uuidString.lowercased().filter { $0 != "-" })
    try await connection.execute(
      """
      INSERT INTO outbox.epoch
        (ordinal, id, parent, fork_position, fork_chain, system_identifier, database_oid, timeline, reason)
      VALUES (\(ordinal), \(id), \(current), \(head), \(chain), \(identity.system), \(identity.database)::int8::oid,
        \(identity.timeline), \(reason))
      """)
    try await connection.execute("UPDATE outbox.sequencer SET epoch = \(ordinal)")
  }

  /// The ancestors of the current epoch, parent first, each with the position up to which its successor continued.
  package static func ancestry(on connection: PostgresConnection) async throws -> [LogView.EpochRecord] {
    let rows = try await connection.query(
      """
      WITH RECURSIVE line AS (
        SELECT e.parent, e.fork_position FROM outbox.epoch AS e JOIN outbox.sequencer AS s ON s.epoch = e.ordinal
        UNION ALL
        SELECT e.parent, e.fork_position FROM outbox.epoch AS e JOIN line ON e.ordinal = line.parent
      )
      SELECT p.ordinal, p.id, line.fork_position FROM line JOIN outbox.epoch AS p ON p.ordinal = line.parent
      ORDER BY p.ordinal DESC
      """)
    return try rows.decode((Int32, String, Int64).self).map { ordinal, id, fork in
      guard let epoch = Epoch(ordinal: ordinal, id: id), let fork = Position(fork) else {
        throw OutboxError(code: .malformedLog, message: "an epoch is malformed")
      }
      return LogView.EpochRecord(epoch: epoch, fork: fork)
    }
  }
}
