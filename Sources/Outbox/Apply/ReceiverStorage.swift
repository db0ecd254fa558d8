internal import Postgres
internal import SyncProtocol

/// The receiver's operations of the storage port, in SQL.
struct ReceiverStorage: Sendable {
  /// Quarantined rows that are reported again after a start.
  static let quarantineLimit: Int64 = 500

  let client: PostgresClient
  let registry: KindRegistry
  /// What else belongs into the transaction that applies a batch.
  let recording: Applier.Recording?

  init(client: PostgresClient, registry: KindRegistry, recording: Applier.Recording? = nil) {
    self.client = client
    self.registry = registry
    self.recording = recording
  }

  /// What `apply` and `resetLanes` answer.
  enum Outcome: Sendable {
    case applied([Nack])
    case cursorMoved
  }

  /// Operation 17.
  func readLanes(stream: SiloNumber) async throws -> ([Lane: LaneState], quarantined: [Nack]) {
    let results = try await client.withConnection { connection in
      try await connection.pipeline { pipeline in
        pipeline.add(
          """
          SELECT lane, epoch, epoch_id, position, chain, seen, consistent_at, consistency_known, complete_as_of,
            complete_snapshot::text, resync_epoch, resync_bound, resync_token
          FROM outbox.cursor WHERE stream = \(stream.stored)
          """)
        pipeline.add(QuarantineStore.nacks(stream, limit: Self.quarantineLimit))
      }
    }
    return (try Self.lanes(results[0]), quarantined: try QuarantineStore.nacks(results[1]))
  }

  private static func lanes(_ rows: PostgresRows) throws -> [Lane: LaneState] {
    var lanes: [Lane: LaneState] = [:]
    for row in rows {
      guard let lane = try Lane(rawValue: String(from: row[0])) else { continue }
      lanes[lane] = try decode(row)
    }
    return lanes
  }

  private static func decode(_ row: PostgresRow) throws -> LaneState {
    guard
      let epoch = try Epoch(ordinal: Int32(from: row[1]), id: String(from: row[2])),
      let position = try Position(Int64(from: row[3])), let chain = try ChainHash(bytes: [UInt8](from: row[4])),
      let seen = try Position(Int64(from: row[5])), let consistentAt = try Position(Int64(from: row[6])),
      let complete = try TransactionSnapshot(String(from: row[9]))
    else { throw OutboxError(code: .malformedLog, message: "a cursor is malformed") }
    var resync: LaneState.Resync?
    if let epoch = try Int32?(from: row[10]), let bound = try Int64?(from: row[11]).flatMap({ Position($0) }) {
      resync = .init(epoch: epoch, bound: bound, token: try TransactionID?(from: row[12])?.rawValue)
    }
    return try LaneState(
      cursor: Cursor(epoch: epoch, position: position, chain: chain), seen: seen, consistentAt: consistentAt,
      isConsistencyKnown: Bool(from: row[7]), completeAsOf: Int64(from: row[8]), completeSnapshot: complete,
      resync: resync)
  }

  /// The columns of a state, for SET. `raising` lets `seen` and `consistent_at` only rise, and lets nobody know of consistency when rows
  /// that came beside the stream raised `consistent_at` beyond what the state knows.
  private static func assignments(_ state: LaneState, raising: Bool) -> SQL {
    let seen: SQL = raising ? "GREATEST(seen, \(state.seen.value))" : "\(state.seen.value)"
    let consistentAt: SQL =
      raising ? "GREATEST(consistent_at, \(state.consistentAt.value))" : "\(state.consistentAt.value)"
    let known: SQL =
      raising
      ? "(\(state.isConsistencyKnown) AND consistent_at <= \(state.consistentAt.value))" : "\(state.isConsistencyKnown)"
    return """
      epoch = \(state.cursor.epoch.ordinal), epoch_id = \(state.cursor.epoch.id),
      position = \(state.cursor.position.value), chain = \(state.cursor.chain.bytes), seen = \(seen),
      consistent_at = \(consistentAt), consistency_known = \(known),
      complete_as_of = \(state.completeAsOf), complete_snapshot = \(state.completeSnapshot.description)::text::pg_snapshot,
      applied = clock_timestamp()
      """
  }

  /// The columns of a resynchronization. Left out where a plan does not change it: a snapshot beside the stream may have ended it.
  private static func assignments(_ resync: LaneState.Resync?) -> SQL {
    let token: TransactionID? = (resync?.token).map { TransactionID(rawValue: $0) }
    return "resync_epoch = \(resync?.epoch), resync_bound = \(resync?.bound.value), resync_token = \(token)"
  }

  /// Operation 19.
  func resetLanes(
    stream: SiloNumber, expected: [Lane: LaneState], next: [Lane: LaneState]
  ) async throws -> Outcome {
    try await moved {
      try await client.withTransaction { connection in
        for (lane, state) in next.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
          try await reset(stream, lane, expected: expected[lane], next: state, on: connection)
        }
        try await connection.execute("DELETE FROM outbox.bulk_request WHERE stream = \(stream.stored)")
        try await connection.execute("DELETE FROM outbox.snapshot WHERE stream = \(stream.stored)")
        return .applied([])
      }
    }
  }

  private func reset(
    _ stream: SiloNumber, _ lane: Lane, expected: LaneState?, next: LaneState, on connection: PostgresConnection
  ) async throws {
    if let expected {
      try await compareAndSet(stream, lane, expected: expected, next: next, on: connection)
      return
    }
    let inserted = try await connection.execute(
      """
      INSERT INTO outbox.cursor (stream, lane, epoch, epoch_id, position, chain)
      VALUES (\(stream.stored), \(lane.rawValue), \(next.cursor.epoch.ordinal), \(next.cursor.epoch.id),
        \(next.cursor.position.value), \(next.cursor.chain.bytes))
      ON CONFLICT (stream, lane) DO NOTHING
      """)
    guard inserted == 1 else { throw CursorMoved() }
    try await connection.execute(
      """
      UPDATE outbox.cursor SET \(Self.assignments(next, raising: false)), \(Self.assignments(next.resync))
      WHERE stream = \(stream.stored) AND lane = \(lane.rawValue)
      """)
  }

  /// What `outbox.expect_moved` raises.
  static let cursorHasMoved = SQLState(rawValue: "AT001")

  /// The cursor changed between the machine's read and this transaction.
  struct CursorMoved: Error {}

  /// Moves the lane from `expected` to `next`; the row lock serializes appliers of one lane. Within an epoch `seen` and `consistent_at` never
  /// fall: a bulk answer may have raised them meanwhile. Into another epoch `seen` must be as expected.
  ///
  /// Goes out with what follows, up to the COMMIT; if the cursor has moved, the server fails it there and runs nothing of the rest.
  ///
  /// - Parameter reusesPlans: whether the statements behind it concern few rows.
  func compareAndSet(
    _ stream: SiloNumber, _ lane: Lane, expected: LaneState, next: LaneState, reusesPlans: Bool = false,
    on connection: PostgresConnection
  ) async throws {
    let plans: SQL = reusesPlans ? ", \(ReusedPlans.begin)" : ""
    let isSameEpoch = expected.cursor.epoch == next.cursor.epoch
    let seen: SQL = isSameEpoch ? "true" : "seen = \(expected.seen.value)"
    var changes = Self.assignments(next, raising: isSameEpoch)
    if expected.resync != next.resync { changes += ", \(Self.assignments(next.resync))" }
    try await connection.enqueue(
      """
      WITH moved AS (
        UPDATE outbox.cursor SET \(changes)
        WHERE stream = \(stream.stored) AND lane = \(lane.rawValue) AND epoch = \(expected.cursor.epoch.ordinal)
          AND epoch_id = \(expected.cursor.epoch.id) AND position = \(expected.cursor.position.value)
          AND chain = \(expected.cursor.chain.bytes) AND \(seen)
        RETURNING true)
      SELECT CASE WHEN count(*) <> 1 THEN outbox.expect_moved(count(*)) END\(plans) FROM moved
      """)
  }

  func moved(_ body: () async throws -> Outcome) async throws -> Outcome {
    do {
      return try await body()
    } catch is CursorMoved {
      return .cursorMoved
    } catch let error as PostgresError where error.code == .server(Self.cursorHasMoved) {
      return .cursorMoved
    }
  }

  /// Operation 22.
  ///
  /// Skips what somebody writes at this moment: several processes may tidy one database.
  ///
  /// - Parameter stream: nil for every stream.
  func collectTombstones(stream: SiloNumber?) async throws {
    let lanes = registry.sinks.values.map(\.declaration)
    let whose: SQL = stream.map { "c.stream = \($0.stored)" } ?? "true"
    try await client.withTransaction { connection in
      try await connection.execute(
        """
        DELETE FROM outbox.bulk_request AS c
        WHERE \(whose) AND c.made < clock_timestamp() - make_interval(hours => 1)
        """)
      try await connection.execute(
        """
        DELETE FROM outbox.tombstone AS d WHERE (d.kind, d.key) IN (
          SELECT t.kind, t.key FROM outbox.tombstone AS t
          JOIN unnest(\(lanes.map(\.kind.name)), \(lanes.map(\.lane.rawValue))) AS k (kind, lane) ON k.kind = t.kind
          JOIN outbox.cursor AS c ON c.stream = t.stream AND c.lane = k.lane
          WHERE \(whose) AND (t.epoch, t.head) <= (c.epoch, c.position)
            AND NOT EXISTS (SELECT FROM outbox.bulk_request AS b WHERE b.stream = c.stream AND b.lane = c.lane
              AND (t.epoch, t.head) > (b.epoch, b.position))
          FOR UPDATE OF t SKIP LOCKED)
        """)
      if registry.sinks[EventSource.kind] != nil { try await EventSink.forget(whose, on: connection) }
    }
  }
}
