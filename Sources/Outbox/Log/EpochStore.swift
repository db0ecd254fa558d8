package import FoundationEssentials
package import Postgres
package import SyncProtocol

/// The lives of a log, and what tells one database's life from another's.
package enum EpochStore {
  /// What must not change within an epoch.
  package struct Identity: Sendable, Hashable {
    package let system: Int64
    package let database: Int64
    package let timeline: String

    /// What tells this database from the one that `recorded` describes; nil when nothing does.
    package func difference(from recorded: Identity) -> EpochCause? {
      if system != recorded.system { return .system }
      if database != recorded.database { return .database }
      return timeline == recorded.timeline ? nil : .timeline
    }
  }

  /// One epoch, as operators see it.
  package struct Description: Sendable, Hashable {
    package let ordinal: Int32
    package let id: String
    package let parent: Int32?
    /// The last position of the parent that this epoch continues from.
    package let fork: Int64
    package let cause: EpochCause
    package let started: Date
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

  /// Whether the database is not the one that the current epoch began with; false before the first epoch.
  package static let isForeign: SQL = """
    EXISTS (
      SELECT FROM outbox.sequencer AS s JOIN outbox.epoch AS e ON e.ordinal = s.epoch, pg_control_system() AS c,
        pg_database AS d
      WHERE d.datname = current_database() AND (e.system_identifier, e.database_oid, e.timeline)
        <> (c.system_identifier, d.oid, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)))
    """

  /// Starts an epoch that continues at the current head, in the caller's transaction and under the row lock; keeps the current one when
  /// it is `atLeast` already and `isForced` is false. Triggers do in the same transaction what a new life asks of the silo.
  ///
  /// - Returns: the ordinal of the current epoch.
  @discardableResult
  package static func start(
    atLeast: Int32, cause: EpochCause, isForced: Bool, on connection: PostgresConnection
  ) async throws -> Int32 {
    let identity = try await identity(on: connection)
    let row = try await connection.query("SELECT epoch, head, chain FROM outbox.sequencer FOR UPDATE").only()
    let (current, head, chain) = try row.decode((Int32?, Int64, [UInt8]).self)
    if let current, !isForced, current >= atLeast { return current }
    guard current ?? 0 < Int32.max else { throw OutboxError(code: .malformedLog, message: "the last epoch is in use") }
    // Whoever starts one notices what its process did not: a peer's proof may come before the sequencer compared anything.
    let difference = try await recorded(on: connection).flatMap { identity.difference(from: $0) }
    let cause = difference == .system || difference == .database ? difference ?? cause : cause
    let ordinal = max(atLeast, (current ?? 0) + 1)
    let id = String(UUID().uuidString.lowercased().filter { $0 != "-" })
    // A dump's pending pointers are taken over by a trigger: as long as that needs.
    try await connection.execute("SELECT set_config('statement_timeout', '300s', true)")
    try await connection.execute(
      """
      INSERT INTO outbox.epoch
        (ordinal, id, parent, fork_position, fork_chain, system_identifier, database_oid, timeline, reason, cause)
      VALUES (\(ordinal), \(id), \(current), \(head), \(chain), \(identity.system), \(identity.database)::int8::oid,
        \(identity.timeline), \(cause.reason), \(cause.rawValue))
      """)
    try await connection.execute("UPDATE outbox.sequencer SET epoch = \(ordinal)")
    return ordinal
  }

  /// The current epoch; nil before the first.
  package static func current(on connection: PostgresConnection) async throws -> Description? {
    let rows = try await connection.query(
      """
      SELECT e.ordinal, e.id, e.parent, e.fork_position, e.cause, e.created
      FROM outbox.sequencer AS s JOIN outbox.epoch AS e ON e.ordinal = s.epoch
      """)
    return try rows.decode((Int32, String, Int32?, Int64, String, Date).self).first.map { row in
      guard let cause = EpochCause(rawValue: row.4) else {
        throw OutboxError(code: .malformedLog, message: "an epoch's cause is unknown")
      }
      return Description(ordinal: row.0, id: row.1, parent: row.2, fork: row.3, cause: cause, started: row.5)
    }
  }

  /// Starts the next epoch by hand unless the log has left `from` already: repeating it does nothing.
  ///
  /// - Returns: the epoch that is current afterwards.
  package static func bump(from: Int32, on connection: PostgresConnection) async throws -> Description? {
    let next = from == Int32.max ? from : from + 1
    try await start(atLeast: next, cause: .operator, isForced: false, on: connection)
    return try await current(on: connection)
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
