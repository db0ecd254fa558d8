internal import FoundationEssentials
package import Postgres
package import SyncProtocol

/// Reads and writes the sequencer's row with what belongs to it.
package enum LogStateStore {
  /// Columns of ``LogState``, for a query that has `outbox.sequencer AS s` and `outbox.epoch AS e`.
  package static let columns: SQL = """
    e.ordinal, e.id, s.fence, s.head, s.chain, s.done::text, s.cut::text, s.cut_progress, s.floor, s.candidate_sequence,
    s.candidate_transaction, s.complete_as_of, COALESCE(s.complete_snapshot, s.done)::text,
    COALESCE((SELECT array_agg(c.transaction ORDER BY c.ordinal) FROM outbox.carry AS c), '{}'),
    COALESCE((SELECT array_agg(c.after ORDER BY c.ordinal) FROM outbox.carry AS c), '{}'),
    COALESCE((SELECT array_agg(COALESCE(c.through, -1) ORDER BY c.ordinal) FROM outbox.carry AS c), '{}')
    """

  package static let columnCount = 16

  /// The state from the first 16 columns of a row.
  package static func decode(_ row: PostgresRow) throws -> LogState {
    guard
      let epoch = try Epoch(ordinal: Int32(from: row[0]), id: String(from: row[1])),
      let head = try Position(Int64(from: row[3])), let chain = try ChainHash(bytes: [UInt8](from: row[4])),
      let done = try TransactionSnapshot(String(from: row[5])),
      let complete = try TransactionSnapshot(String(from: row[12]))
    else { throw OutboxError(code: .malformedLog, message: "the sequencer's row is malformed") }
    var cut: LogState.Cut?
    if let upper = try String?(from: row[6]), let progress = try Int64?(from: row[7]) {
      guard let snapshot = TransactionSnapshot(upper) else {
        throw OutboxError(code: .malformedLog, message: "the sequencer's cut is malformed")
      }
      cut = .init(upper: snapshot, progress: progress)
    }
    var candidate: LogState.FloorCandidate?
    if let sequence = try Int64?(from: row[9]), let transaction = try TransactionID?(from: row[10]) {
      candidate = .init(sequence: sequence, transaction: transaction.rawValue)
    }
    let transactions = try [TransactionID](from: row[13])
    let afters = try [Int64](from: row[14])
    let throughs = try [Int64](from: row[15])
    let carries = zip(transactions, zip(afters, throughs)).map { transaction, range in
      LogState.Carry(
        transaction: transaction.rawValue, after: range.0, through: range.1 < 0 ? nil : range.1)
    }
    return try LogState(
      epoch: epoch, fence: Int64(from: row[2]), head: head, chain: chain, done: done, cut: cut, carries: carries,
      floor: Int64(from: row[8]), floorCandidate: candidate, completeAsOf: Int64(from: row[11]),
      completeSnapshot: complete)
  }

  /// The state, or nil before the first epoch.
  package static func read(on connection: PostgresConnection) async throws -> LogState? {
    try await connection.query(
      """
      SELECT \(columns) FROM outbox.sequencer AS s JOIN outbox.epoch AS e ON e.ordinal = s.epoch
      """
    ).first.map { try decode($0) }
  }

  /// Writes the segments of a tick and the row, in one statement that goes out with the COMMIT.
  ///
  /// Nothing has to look at its result: this transaction has locked the row and seen the fence in it.
  package static func enqueue(
    _ segments: [Segment], state: LogState, on connection: PostgresConnection
  ) async throws {
    let cut: String? = state.cut?.upper.description
    let candidate: TransactionID? = (state.floorCandidate?.transaction).map { TransactionID(rawValue: $0) }
    let complete: String? = state.completeSnapshot == state.done ? nil : state.completeSnapshot.description
    try await connection.enqueue(
      """
      WITH written AS (
        INSERT INTO outbox.segment (first, last, lanes, chain_before, chain, entries)
        SELECT n.first, n.last, n.lanes, n.chain_before, n.chain, n.entries
        FROM unnest(\(segments.map(\.first.value)), \(segments.map(\.last.value)), \(segments.map(\.lanes)),
          \(segments.map(\.chainBefore.bytes)), \(segments.map(\.chain.bytes)), \(segments.map(\.entries)))
          AS n (first, last, lanes, chain_before, chain, entries)
      )
      UPDATE outbox.sequencer SET
        head = \(state.head.value), chain = \(state.chain.bytes), done = \(state.done.description)::text::pg_snapshot,
        cut = \(cut)::text::pg_snapshot, cut_progress = \(state.cut?.progress), floor = \(state.floor),
        candidate_sequence = \(state.floorCandidate?.sequence), candidate_transaction = \(candidate),
        complete_as_of = \(state.completeAsOf),
        complete_snapshot = \(complete)::text::pg_snapshot, beat = clock_timestamp()
      WHERE fence = \(state.fence)
      """)
  }

  /// Writes the carries that a tick changed; unchanged ones cost nothing.
  package static func writeCarries(
    _ next: [LogState.Carry], before: [LogState.Carry], on connection: PostgresConnection
  ) async throws {
    guard next != before else { return }
    let gone = before.filter { old in !next.contains { $0.transaction == old.transaction } }
    if !gone.isEmpty {
      try await connection.execute(
        "DELETE FROM outbox.carry WHERE transaction = ANY(\(gone.map { TransactionID(rawValue: $0.transaction) }))")
    }
    let changed = next.filter { !before.contains($0) }
    guard !changed.isEmpty else { return }
    try await connection.execute(
      """
      INSERT INTO outbox.carry (transaction, after, through)
      SELECT n.transaction, n.after, NULLIF(n.through, -1)
      FROM unnest(\(changed.map { TransactionID(rawValue: $0.transaction) }), \(changed.map(\.after)),
        \(changed.map { $0.through ?? -1 })) WITH ORDINALITY AS n (transaction, after, through, ordinal)
      ORDER BY n.ordinal
      ON CONFLICT (transaction) DO UPDATE SET after = EXCLUDED.after, through = EXCLUDED.through
      """)
  }

  /// One row of the log.
  package struct Segment: Sendable, Hashable {
    package let first: Position
    package let last: Position
    package let lanes: Int16
    package let chainBefore: ChainHash
    package let chain: ChainHash
    package let entries: [UInt8]

    package init(
      first: Position, last: Position, lanes: Int16, chainBefore: ChainHash, chain: ChainHash, entries: [UInt8]
    ) {
      self.first = first
      self.last = last
      self.lanes = lanes
      self.chainBefore = chainBefore
      self.chain = chain
      self.entries = entries
    }
  }
}
