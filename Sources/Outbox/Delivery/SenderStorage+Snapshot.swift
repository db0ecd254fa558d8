internal import Postgres
internal import SyncProtocol

/// What one request is answered from: one REPEATABLE READ READ ONLY snapshot, whose first exchange reads everything that is known to be needed.
///
/// Serves operations 9, 14 and 15 of the storage port together: each of them may be answered from an older snapshot of the log than the next one's
/// would be, because entries do not change; from one snapshot they agree.
struct SenderSnapshot {
  /// Operation 9.
  let log: LogView
  fileprivate let storage: SenderStorage
  fileprivate let connection: PostgresConnection
  fileprivate let receiver: SiloNumber
  fileprivate let pages: [Lane: FirstPage]
  /// What was foreseen.
  fileprivate let foreseen: [RowForecast.Rows]

  /// What stands behind a position of a lane, from where on it may concern the receiver.
  struct FirstPage {
    let after: Position
    let start: Position
    let page: LogReader.Page
  }

  /// Operation 14.
  func entries(lane: Lane, after: Position, limit: Int) async throws -> EntriesView {
    let known = pages[lane].flatMap { $0.after == after ? $0 : nil }
    return try await storage.readEntries(
      receiver: receiver, lane: lane, after: after, limit: limit, first: known, on: connection)
  }

  /// Operation 15.
  func rows(_ query: DeliveryQuery) async throws -> DeliveryView {
    try await storage.readRows(
      query, state: log.state, hasUnsequenced: log.hasUnsequenced, foreseen: foreseen, on: connection)
  }
}

extension SenderStorage {
  /// Opens the snapshot of a request for as long as `body` runs.
  ///
  /// - Parameters:
  ///   - positions: where the chain is asked for.
  ///   - silences: what does not have to be read, if the database's log has the same chain there.
  ///   - forecast: rows that will probably be asked for.
  ///   - entitlement: a statement of one boolean.
  /// - Throws: ``ReceiverExcluded`` when the entitlement is gone in this snapshot.
  func withSnapshot<Value>(
    of request: SyncRequest, chainsAt positions: [Position], silences: [Lane: ConcernIndex.Silence],
    forecast: RowForecast, entitlement: SQL?, _ body: (SenderSnapshot) async throws -> Value
  ) async throws -> Value {
    try await client.withTransaction(.repeatableRead(readOnly: true)) { connection in
      try await body(
        snapshot(
          of: request, chainsAt: positions, silences: silences, forecast: forecast, entitlement: entitlement,
          on: connection))
    }
  }

  private func snapshot(
    of request: SyncRequest, chainsAt asked: [Position], silences: [Lane: ConcernIndex.Silence], forecast: RowForecast,
    entitlement: SQL?, on connection: PostgresConnection
  ) async throws -> SenderSnapshot {
    let readings = forecast.readings(registry, for: request.receiver)
    let positions = Set(asked + silences.values.map(\.through)).filter { $0 != .zero }.sorted()
    let claims = request.claims.compactMap { claim in
      claim.cursor.map { cursor in
        (lane: claim.lane, after: cursor.position, start: silences[claim.lane]?.through ?? cursor.position)
      }
    }
    let results = try await connection.pipeline { pipeline in
      pipeline.add(Self.log(for: request.receiver))
      if let entitlement { pipeline.add(entitlement) }
      for position in positions { pipeline.add(LogReader.chain(at: position)) }
      for claim in claims {
        pipeline.add(LogReader.segments(after: claim.start, lane: claim.lane, limit: Self.segmentsPerFetch))
      }
      for reading in readings { pipeline.add(reading.statement) }
    }
    var answers = results.dropFirst()
    if entitlement != nil, try !(answers.removeFirst().only().decode(Bool.self)) { throw ReceiverExcluded() }
    guard let row = results[0].first else {
      throw OutboxError(code: .noEpoch, message: "no sequencer has run in this database")
    }
    let state = try LogStateStore.decode(row)
    guard let retained = try Position(Int64(from: row[LogStateStore.columnCount + 2])) else {
      throw OutboxError(code: .malformedLog, message: "the retention bound is negative")
    }
    var chains: [Position: ChainHash] = [:]
    if retained == .zero { chains[.zero] = .origin }
    let catalog = try await catalog(on: connection)
    for (position, rows) in zip(positions, answers) where position <= state.head && position >= retained {
      chains[position] =
        position == state.head ? state.chain : try LogReader.chain(at: position, catalog: catalog, rows: rows)
    }
    var pages: [Lane: SenderSnapshot.FirstPage] = [:]
    for (claim, rows) in zip(claims, answers.dropFirst(positions.count)) {
      // Another chain: the log is another than this process remembers, and what it said of it does not count.
      guard claim.start == claim.after || chains[claim.start] == silences[claim.lane]?.chain else { continue }
      pages[claim.lane] = .init(after: claim.after, start: claim.start, page: try LogReader.page(rows))
    }
    return SenderSnapshot(
      log: LogView(
        state: state, ancestry: try await ancestry(of: state.epoch, on: connection), retained: retained, chains: chains,
        hasUnsequenced: try Bool(from: row[LogStateStore.columnCount]),
        readAt: try Int64(from: row[LogStateStore.columnCount + 1])),
      storage: self, connection: connection, receiver: request.receiver, pages: pages,
      foreseen: zip(readings, results.suffix(readings.count)).map { $0.answered($1) })
  }

  /// The snapshot's first statement.
  private static func log(for receiver: SiloNumber) -> SQL {
    """
    SELECT \(LogStateStore.columns), \(hasUnsequenced), (extract(epoch FROM clock_timestamp()) * 1000000)::int8,
      GREATEST(s.pruned, (SELECT p.retained FROM outbox.peer AS p WHERE p.silo = \(receiver.stored))), \(textForms),
      \(ReusedPlans.begin)
    FROM outbox.sequencer AS s JOIN outbox.epoch AS e ON e.ordinal = s.epoch
    """
  }
}

/// The receiver of a request may have no answer any more; see ``Sender/answer(_:while:)``.
public struct ReceiverExcluded: Error, Sendable, Hashable {
  public init() {}
}
