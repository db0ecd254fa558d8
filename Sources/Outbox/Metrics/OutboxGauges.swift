public import Postgres
public import SyncProtocol

/// What the database and the pool say at the moment of a scrape.
public struct OutboxGauges: Sendable {
  private let client: PostgresClient
  private let stream: SiloNumber

  /// - Parameter stream: this silo.
  public init(client: PostgresClient, stream: SiloNumber) {
    self.client = client
    self.stream = stream
  }

  /// Everything, with the database's part left out and `atoll_database_up` 0 when it does not answer.
  ///
  /// - Parameter names: how other silos are called in the label `peer`; their logical ids where it says nothing.
  public func measurements(names: [SiloNumber: String] = [:]) async -> [OutboxMeasurement] {
    var all = pool
    do {
      let read = try await client.withTransaction(.repeatableRead(readOnly: true)) { connection in
        try await connection.execute("SELECT set_config('statement_timeout', '5s', true)")
        return try await stored(names, on: connection)
      }
      all += read + [Self.up(1)]
    } catch {
      all.append(Self.up(0))
    }
    return all
  }

  private static func up(_ value: Double) -> OutboxMeasurement {
    OutboxMeasurement(.gauge, "atoll_database_up", "1 if the silo's database answered this scrape.", value)
  }

  /// Without the database.
  private var pool: [OutboxMeasurement] {
    let pool = client.poolStatistics
    func connections(_ state: String, _ count: Int) -> OutboxMeasurement {
      OutboxMeasurement(
        .gauge, "atoll_pool_connections", "Connections to the silo's database.", labels: [("state", state)],
        Double(count))
    }
    return [
      connections("in_use", pool.inUse), connections("idle", pool.idle),
      OutboxMeasurement(.gauge, "atoll_pool_waiting", "Callers that wait for a connection.", Double(pool.waiting)),
      OutboxMeasurement(
        .total, "atoll_pool_acquisitions_total", "Calls that got a connection or an error, by outcome.",
        labels: [("outcome", "acquired")], Double(pool.acquired)),
      OutboxMeasurement(
        .total, "atoll_pool_acquisitions_total", "Calls that got a connection or an error, by outcome.",
        labels: [("outcome", "failed")], Double(pool.failed)),
      OutboxMeasurement(
        .total, "atoll_pool_acquire_seconds_total", "Time that callers spent until they had a connection or an error.",
        pool.acquireTime.seconds),
    ]
  }

  private func stored(
    _ names: [SiloNumber: String], on connection: PostgresConnection
  ) async throws -> [OutboxMeasurement] {
    func name(_ silo: SiloNumber) -> String { names[silo] ?? silo.description }
    var all: [OutboxMeasurement] = []
    if let log = try await LagStore.log(on: connection) { all += Self.log(log) }
    for lag in try await LagStore.receivers(on: connection) where lag.receiver != stream {
      all += lane(
        name(lag.receiver), stream, lag.lane, position: lag.position.value, rows: lag.seconds > 0 ? lag.rows : 0,
        seconds: lag.seconds)
    }
    for applied in try await LagStore.applied(on: connection) where applied.stream != stream {
      let rows = max(0, applied.head - applied.position)
      all += lane(
        name(applied.stream), applied.stream, applied.lane, position: applied.position, rows: rows,
        seconds: rows == 0 ? 0 : applied.appliedAge)
      guard let age = applied.completeAge else { continue }
      all.append(
        OutboxMeasurement(
          .gauge, "atoll_replica_complete_age_seconds", "Age of the source's last word that nothing was missing.",
          labels: [("lane", applied.lane.rawValue), ("peer", name(applied.stream))], max(0, age)))
    }
    let refused = try await LagStore.refused(on: connection)
    for (silo, count) in refused.quarantined.sorted(by: { $0.key < $1.key }) {
      all.append(
        OutboxMeasurement(
          .gauge, "atoll_quarantined_rows", "Rows of a peer that could not be applied here.",
          labels: [("peer", name(silo))], Double(count)))
    }
    for (silo, count) in refused.reported.sorted(by: { $0.key < $1.key }) {
      all.append(
        OutboxMeasurement(
          .gauge, "atoll_nacked_rows", "Rows that a peer reported as not applied within two minutes.",
          labels: [("peer", name(silo))], Double(count)))
    }
    let webhooks = try await LagStore.webhooks(on: connection)
    for (state, count) in [("waiting", webhooks.waiting), ("dead", webhooks.dead)] {
      all.append(
        OutboxMeasurement(
          .gauge, "atoll_webhook_deliveries", "Deliveries to applications that wait or were given up.",
          labels: [("state", state)], Double(count)))
    }
    return all
  }

  private static func log(_ log: LagStore.Log) -> [OutboxMeasurement] {
    var all = [
      OutboxMeasurement(.gauge, "atoll_log_head", "The last position of this silo's log.", Double(log.head)),
      OutboxMeasurement(.gauge, "atoll_log_epoch", "The ordinal of the log's epoch.", Double(log.epoch)),
      OutboxMeasurement(
        .gauge, "atoll_log_pending_rows", "Committed changes without a position.", Double(log.pending)),
      OutboxMeasurement(
        .gauge, "atoll_log_heartbeat_age_seconds", "Since the leading sequencer committed last.",
        max(0, log.heartbeatAge)),
    ]
    if let age = log.completeAge {
      all.append(
        OutboxMeasurement(
          .gauge, "atoll_log_complete_age_seconds", "Since everything committed had its position.", max(0, age)))
    }
    return all
  }

  private func lane(
    _ peer: String, _ source: SiloNumber, _ lane: Lane, position: Int64, rows: Int64, seconds: Double
  ) -> [OutboxMeasurement] {
    let labels: [(name: StaticString, value: String)] = [
      ("direction", source == .control ? "down" : "up"), ("lane", lane.rawValue), ("peer", peer),
    ]
    return [
      OutboxMeasurement(
        .gauge, "atoll_cursor_position", "The position up to which a log was applied.", labels: labels,
        Double(position)),
      OutboxMeasurement(
        .gauge, "atoll_lag_rows", "Entries between a cursor and the head of its log.", labels: labels, Double(rows)),
      OutboxMeasurement(
        .gauge, "atoll_lag_seconds", "Age of the oldest entry of the lane that was not applied.", labels: labels,
        max(0, seconds)),
    ]
  }
}
