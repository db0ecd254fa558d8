internal import Postgres
internal import SyncProtocol

extension SequencerStorage {
  /// The pending pointers of one tick.
  struct Pointers {
    var window: [Pointer] = []
    var isFull = false
    var unfinished: [UInt64] = []
    var held: [Pointer] = []
    var parts: [Pointer] = []
    var all: [Pointer] { window + held + parts }
  }

  /// The statement of the tick's window.
  func window(_ state: LogState) -> SQL {
    """
    SELECT p.seq, p.xid, p.kind, p.key FROM outbox.pending AS p
    WHERE p.seq > \(state.cut?.progress ?? state.floor) AND \(Self.selected(state))
    ORDER BY p.seq LIMIT \(Int64(limits.window + 1))
    """
  }

  /// Whether ``window(_:)`` says the same for both.
  static func hasSameWindow(_ left: LogState, _ right: LogState) -> Bool {
    left.floor == right.floor && left.cut == right.cut && left.done == right.done
  }

  /// - Parameter window: the rows of ``window(_:)`` for this state if they were read in this transaction already.
  mutating func readPointers(
    _ state: LogState, window: PostgresRows?, on connection: PostgresConnection
  ) async throws -> Pointers {
    var pointers = Pointers()
    let lower = state.cut?.progress ?? state.floor
    let selected = Self.selected(state)
    if let window {
      pointers.window = try await decode(window, on: connection)
    } else {
      pointers.window = try await read(self.window(state), on: connection)
    }
    pointers.isFull = pointers.window.count > limits.window
    if pointers.isFull { pointers.window.removeLast() }
    let held = state.carries.filter { $0.through == nil }
    if pointers.isFull, let last = pointers.window.last {
      try await connection.planAnew(forRows: pointers.window.count)
      let candidates = Set(pointers.window.map(\.transaction)).union(held.map(\.transaction))
      pointers.unfinished = try await connection.query(
        """
        SELECT DISTINCT p.xid FROM outbox.pending AS p WHERE p.seq > \(last.sequence)
          AND p.xid = ANY(\(candidates.map { TransactionID(rawValue: $0) })) AND \(selected)
        """
      ).decode(TransactionID.self).map(\.rawValue)
    }
    for carry in held where !pointers.unfinished.contains(carry.transaction) {
      pointers.held += try await read(carry, through: lower, limit: limits.wholeTransaction + 1, on: connection)
    }
    pointers.held.sort { $0.sequence < $1.sequence }
    var parts = 0
    for carry in state.carries where parts < limits.partsPerTick {
      guard let through = carry.through else { continue }
      parts += 1
      pointers.parts += try await read(carry, through: through, limit: limits.wholeTransaction, on: connection)
    }
    return pointers
  }

  /// Committed pointers without a position: those of the open cut, or all that the tick's snapshot sees.
  private static func selected(_ state: LogState) -> SQL {
    let later: SQL = "NOT pg_visible_in_snapshot(p.xid, (SELECT \(state.done.description)::text::pg_snapshot))"
    guard let cut = state.cut else { return later }
    return later + " AND pg_visible_in_snapshot(p.xid, (SELECT \(cut.upper.description)::text::pg_snapshot))"
  }

  private mutating func read(
    _ carry: LogState.Carry, through: Int64, limit: Int, on connection: PostgresConnection
  ) async throws -> [Pointer] {
    try await read(
      """
      SELECT p.seq, p.xid, p.kind, p.key FROM outbox.pending AS p
      WHERE p.seq > \(carry.after) AND p.seq <= \(through) AND p.xid = \(TransactionID(rawValue: carry.transaction))
      ORDER BY p.seq LIMIT \(Int64(limit))
      """, on: connection)
  }

  private mutating func read(_ sql: SQL, on connection: PostgresConnection) async throws -> [Pointer] {
    try await decode(connection.query(sql), on: connection)
  }

  private mutating func decode(_ rows: PostgresRows, on connection: PostgresConnection) async throws -> [Pointer] {
    var pointers: [Pointer] = []
    pointers.reserveCapacity(rows.count)
    for row in rows {
      let (sequence, transaction, kind, key) = try row.decode((Int64, TransactionID, Int16, [UInt8]).self)
      if catalog[kind] == nil { catalog = try await KindStore.catalog(on: connection) }
      guard let entry = catalog[kind], let key = entry.keyType.decode(key) else {
        throw OutboxError(code: .malformedLog, message: "pointer \(sequence) has an unknown kind or a malformed key")
      }
      pointers.append(
        Pointer(
          sequence: sequence, transaction: transaction.rawValue, row: RowReference(kind: entry.kind, key: key)))
    }
    return pointers
  }
}
